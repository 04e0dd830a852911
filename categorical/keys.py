"""Key values: the parts of a URL path that name a dataset."""

import unicodedata

from categorical.errors import InvalidKeyValue, shown

FORBIDDEN = frozenset("/?#%\\")


def check_key_value(value: str) -> str:
    """`value` itself, if a dataset can be asked for by it.

    API Gateway and Zappa decode a path more than once and split it at every slash, so a value with
    `/ ? # % \\`, a control character, or a space at either end never arrives as it was sent; `.`
    and `..` are resolved by browsers. Raises InvalidKeyValue with the character at fault.
    """
    if not isinstance(value, str):
        raise InvalidKeyValue(f"the key value {shown(value)} is not text")
    if not value:
        raise InvalidKeyValue("a key value is empty")
    if value != value.strip():
        raise InvalidKeyValue(f"the key value {value!r} begins or ends with a space")
    if value in (".", ".."):
        raise InvalidKeyValue(f"the key value {value!r} is a path step, which URLs leave out")
    for char in value:
        if char in FORBIDDEN or unicodedata.category(char) in ("Cc", "Cs"):
            raise InvalidKeyValue(
                f"the key value {value!r} holds {char!r}, which no URL keeps: rename it"
            )
    return value
