"""One component of a URL: percent-encoded once, decoded strictly."""

import re
from urllib.parse import unquote_to_bytes

from categorical.errors import InvalidURL, shown

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
_ENCODED = [chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in range(256)]
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)


def quote_component(text: str) -> str:
    """`text` with everything percent-encoded but `A-Z a-z 0-9 - _ . ~` (RFC 3986, unreserved).

    UTF-8, upper-case escapes, exactly once: what is encoded already is encoded again. Raises
    InvalidURL for what is not text or holds half a surrogate pair.
    """
    if not isinstance(text, str):
        raise InvalidURL(f"{shown(text)} is not text")
    try:
        return "".join(_ENCODED[byte] for byte in text.encode())
    except UnicodeEncodeError as error:
        raise InvalidURL(f"{shown(text)} holds half a surrogate pair, which is no text") from error


def unquote_component(text: str) -> str:
    """The text that `text` encodes: the inverse of `quote_component`.

    Characters that somebody left raw stay as they are. Raises InvalidURL where a `%` begins no
    escape or the bytes are no UTF-8: then nobody can tell what was meant.
    """
    if bad := _BAD_ESCAPE.search(text):
        raise InvalidURL(f"{shown(bad[0])} in {shown(text)} is no escape: a % is written %25")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise InvalidURL(f"{shown(text)} does not decode to UTF-8 text") from error
