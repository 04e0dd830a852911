def show(s):
    return ""


def addresses(s):
    return ""
