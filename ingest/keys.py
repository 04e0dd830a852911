"""From an object's key to the keys of its dataset."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from string import Formatter

from categorical.errors import InvalidKeyValue
from categorical.keys import check_key_value
from ingest.errors import KeyMismatch, Misconfigured

# Terracotta's key columns in PostgreSQL share an index entry of 2,730 bytes, 4 a character.
_KEY_CHARACTERS = 2730 // 4
_KEY_BYTES = 1024 - 26  # S3's longest, less what a published raster's has behind it
_RESERVED = frozenset(("limit", "page", "order_by", "ascending"))

Keys = Mapping[str, str]
"""Key names and values of one dataset, in the order of the database."""


@dataclass(frozen=True)
class KeyPattern:
    """`{type}/{sensor}/{date}/{band}.tif`: fields in braces, no slash within a field's value.

    The suffix stands for `.tif` and `.tiff` in upper or lower case.
    """

    pattern: str

    def __post_init__(self) -> None:
        if self._faults():
            raise Misconfigured(f"the key pattern {self.pattern!r} {'; '.join(self._faults())}")

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of the keys, in order."""
        return tuple(name for _, name, _, _ in Formatter().parse(self._stem) if name is not None)

    def keys(self, object_key: str) -> dict[str, str]:
        """The dataset's keys. Raises KeyMismatch, which names the key and the pattern."""
        if (size := len(object_key.encode(errors="surrogatepass"))) > _KEY_BYTES:
            raise KeyMismatch(f"the key {object_key!r} has {size} bytes, more than {_KEY_BYTES}")
        match = self._regex.fullmatch(object_key)
        if match is None:
            raise KeyMismatch(f"the key {object_key!r} does not fit the pattern {self.pattern!r}")
        keys = match.groupdict()
        for name, value in keys.items():
            self._check(name, value, object_key)
        return keys

    def matches(self, object_key: str) -> bool:
        """Whether the object is a raster with valid keys."""
        try:
            return bool(self.keys(object_key))
        except KeyMismatch:
            return False

    @property
    def _stem(self) -> str:
        return re.sub(r"(?i)\.tiff?$", "", self.pattern)

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        parts = (
            re.escape(text) + (f"(?P<{name}>[^/]+?)" if name else "")
            for text, name, _, _ in Formatter().parse(self._stem)
        )
        return re.compile("".join(parts) + r"\.(?i:tiff?)", re.DOTALL)

    def _check(self, name: str, value: str, object_key: str) -> None:
        limit = _KEY_CHARACTERS // len(self.fields)
        try:
            check_key_value(value)
        except InvalidKeyValue as error:
            raise KeyMismatch(f"{name} in the key {object_key!r}: {error}") from error
        if len(value) > limit:
            raise KeyMismatch(f"{name} in the key {object_key!r} is longer than {limit} characters")

    def _faults(self) -> list[str]:
        try:
            fields = [name for _, name, *_ in Formatter().parse(self._stem) if name is not None]
        except ValueError as error:
            return [f"cannot be read: {error}"]
        checks = {
            "must end in .tif": self._stem == self.pattern,
            "has no field in braces": not fields,
            "has a field twice": len(set(fields)) < len(fields),
            "has a field that is no name": not all(re.fullmatch(r"[A-Za-z]\w*", f) for f in fields),
            "has a field that Terracotta keeps for itself": bool(_RESERVED & set(fields)),
            "has two fields without anything between": "}{" in self._stem,
        }
        return [text for text, wrong in checks.items() if wrong]


def stem(object_key: str) -> str:
    """The key without its suffix, that which a raster and its sidecars share."""
    folder, slash, name = object_key.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}"


def dataset_path(keys: Keys) -> str:
    """`categorical/S2/20181010/cloudmask`: the key values as a folder of the published bucket."""
    return "/".join(keys.values())


def product(keys: Keys, date_key: str) -> str:
    """`categorical/S2/cloudmask`: what datasets that differ only in their date have in common."""
    return "/".join(value for name, value in keys.items() if name != date_key)
