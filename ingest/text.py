"""Text of files that do not say in which encoding it is."""

import codecs

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(content: bytes, otherwise: str = "cp1252") -> str:
    """UTF-16 where a byte order mark says so, else UTF-8, failing that a code page."""
    if content.startswith(_UTF_16):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode(otherwise, errors="replace")
