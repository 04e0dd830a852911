"""The parts that every tile URL has, checked alike when it is built and when it is read."""

import re
from collections.abc import Iterable, Mapping, Set

from categorical.errors import InvalidURL, shown
from categorical.keys import check_key_value

ROUTES = ("singleband", "categorical")

_BASE = re.compile(
    r"[Hh][Tt][Tt][Pp][Ss]?://(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:/[A-Za-z0-9._~!$&'()*+,=:@-]+)*"
)


def check_base(base: object) -> str:
    """`base`, http(s)://host and at most a stage path, without the slash at its end."""
    text = base.rstrip("/") if isinstance(base, str) else ""
    if not _BASE.fullmatch(text):
        raise InvalidURL(
            f"{shown(base)} is no base URL: give http(s)://host and at most a stage path, no query"
        )
    if any(step in ROUTES for step in text.split("/")[3:]):
        raise InvalidURL(f"the base URL {shown(base)} already holds a route: give what is before")
    return text


def check_keys(keys: object) -> tuple[str, ...]:
    """The key values, at least one, each of which a URL can carry."""
    values = tuple(check_key_value(key) for key in several(keys, "key values"))
    if not values:
        raise InvalidURL("() names no dataset: give at least one key value")
    return values


def several(values: object, what: str) -> tuple[str, ...]:
    """`values` as a tuple: one text is not several, and a mapping or a set has no sure order."""
    if isinstance(values, (str, bytes, Mapping, Set)) or not isinstance(values, Iterable):
        raise InvalidURL(f"{shown(values)} is no list of {what}")
    return tuple(values)


def check_given(text: object, what: str) -> str:
    """`text` itself, if it is text and not empty."""
    if not isinstance(text, str) or not text:
        raise InvalidURL(f"the {what} {shown(text)} is empty or no text")
    return text
