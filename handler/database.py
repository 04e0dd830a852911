"""Registrations, read straight from Terracotta's tables with one statement each.

Terracotta's driver needs 80 statements for the first tile of a process and 11 for each one after,
reflects its tables time and again, and inserts what it misses. Here the key names are asked for
once, a dataset and its metadata together, and nothing is ever written.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import terracotta

from handler.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

Row = Sequence[Any]
Read = Callable[[str, Sequence[Any]], Sequence[Row]]
"""All rows that a statement of PostgreSQL's SQL finds, with a value for each %s in it.

Raises DatabaseUnavailable.
"""

# Terracotta writes (west, south, east, north) into columns that it names otherwise.
_BOUNDS = ("bounds_north", "bounds_east", "bounds_south", "bounds_west")


@dataclass(frozen=True)
class Registration:
    """What the database holds of one dataset.

    `bounds` are west, south, east, north in degrees; None, like an empty `metadata`, where
    Terracotta was told to compute the metadata later.
    """

    path: str
    bounds: tuple[float, float, float, float] | None
    metadata: dict[str, Any]


class Database:
    """A Terracotta database that `read` reads."""

    def __init__(self, read: Read) -> None:
        self.read = read

    @cached_property
    def key_names(self) -> tuple[str, ...]:
        """The names of the keys in order; asked for once. Raises DatabaseUnavailable."""
        rows = self.read(_KEY_NAMES, ())
        _check_version(rows)
        return tuple(name for name, _ in rows)

    def find(self, keys: Sequence[str]) -> Registration | None:
        """The registration under `keys`, one value for each key name, or None.

        Raises DatabaseUnavailable.
        """
        if any("\0" in key for key in keys):  # no database takes it, so none holds it
            return None
        named = dict(zip(self.key_names, keys, strict=True))
        rows = self.read(self._statement, tuple(named.values()))
        return _registration(rows[0]) if rows else None

    def count(self, keys: Mapping[str, str]) -> int:
        """How many datasets have these values. Raises DatabaseUnavailable."""
        statement = f"SELECT count(*) FROM datasets{_where(keys)}"  # noqa: S608 (quoted names)
        (row,) = self.read(statement, tuple(keys.values()))
        return int(row[0])

    def values(self, key: str, keys: Mapping[str, str], limit: int, offset: int) -> list[str]:
        """The values of `key` that go with these values of others, in order, some of them.

        Raises DatabaseUnavailable.
        """
        column = quoted(key)
        statement = (
            f"SELECT {column} FROM datasets{_where(keys)} "  # noqa: S608 (quoted names)
            f"ORDER BY {column} LIMIT %s OFFSET %s"
        )
        return [row[0] for row in self.read(statement, (*keys.values(), limit, offset))]

    @cached_property
    def _statement(self) -> str:
        return _dataset_statement(self.key_names)


_KEY_NAMES = "SELECT key_name, (SELECT max(version) FROM terracotta) FROM key_names ORDER BY idx"


def quoted(name: str) -> str:
    """The name of a column as SQL writes it. Terracotta's are letters, digits and underscores."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _check_version(rows: Sequence[Row]) -> None:
    """Terracotta's own rule: a database serves all releases of its major and minor version."""
    if not rows:
        raise DatabaseUnavailable("the database names no keys: it was not created by Terracotta")
    made, ours = str(rows[0][1]), terracotta.__version__
    if made.split(".")[:2] != ours.split(".")[:2]:
        raise DatabaseUnavailable(f"the database is of Terracotta {made}, this is {ours}")


def _dataset_statement(key_names: Sequence[str]) -> str:
    columns = ", ".join(("datasets.path", *(f"metadata.{name}" for name in (*_BOUNDS, "metadata"))))
    names = [quoted(name) for name in key_names]
    same_keys = " AND ".join(f"datasets.{name} = metadata.{name}" for name in names)
    these_keys = " AND ".join(f"datasets.{name} = %s" for name in names)
    return (
        f"SELECT {columns} FROM datasets LEFT JOIN metadata ON {same_keys} "  # noqa: S608 (same)
        f"WHERE {these_keys}"
    )


def _where(keys: Iterable[str]) -> str:
    """The clause for datasets with a value for each of these keys."""
    conditions = " AND ".join(f"{quoted(key)} = %s" for key in keys)
    return f" WHERE {conditions}" if conditions else ""


def _registration(row: Row) -> Registration:
    path, west, south, east, north, metadata = row
    bounds = None if west is None else (west, south, east, north)
    return Registration(path, bounds, _decoded(metadata))


def _decoded(metadata: str | None) -> dict[str, Any]:
    try:
        decoded = json.loads(metadata or "{}")
    except ValueError:
        log.warning("the metadata column of a dataset holds no JSON")
        return {}
    return decoded if isinstance(decoded, dict) else {}
