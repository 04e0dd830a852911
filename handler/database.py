"""Registrations, read straight from Terracotta's tables with one statement each.

Terracotta's driver needs 80 statements for the first tile of a process and 11 for each one after,
reflects its tables time and again, and inserts what it misses. Here the key names are asked for
once, a dataset and its metadata together, and nothing is ever written.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
import terracotta
from sqlalchemy.exc import SQLAlchemyError
from terracotta.exceptions import InvalidDatabaseError

from handler.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

Connect = Callable[[], AbstractContextManager[sa.Connection]]

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
    """A Terracotta database behind `connect`, which gives a connection to it."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    @cached_property
    def key_names(self) -> tuple[str, ...]:
        """The names of the keys in order; asked for once. Raises DatabaseUnavailable."""
        rows = self.read(_KEY_NAMES)
        _check_version(rows)
        return tuple(row.key_name for row in rows)

    def find(self, keys: Sequence[str]) -> Registration | None:
        """The registration under `keys`, one value for each key name, or None.

        Raises DatabaseUnavailable.
        """
        names = self.key_names
        if any("\0" in key for key in keys):  # no database takes it, so none holds it
            return None
        rows = self.read(self._statement, dict(zip(map(_parameter, names), keys, strict=True)))
        return _registration(rows[0]) if rows else None

    def count(self, keys: Mapping[str, str]) -> int:
        """How many datasets have these values. Raises DatabaseUnavailable."""
        (row,) = self.read(_where(sa.select(sa.func.count()), keys))
        return int(row[0])

    def values(self, key: str, keys: Mapping[str, str], limit: int, offset: int) -> list[str]:
        """The values of `key` that go with these values of others, in order, some of them.

        Raises DatabaseUnavailable.
        """
        column: sa.ColumnClause[Any] = sa.column(key)
        statement = _where(sa.select(column), keys).order_by(column).limit(limit).offset(offset)
        return [row[0] for row in self.read(statement)]

    @cached_property
    def _statement(self) -> sa.Select[Any]:
        return _dataset_statement(self.key_names)

    def read(
        self, statement: sa.Select[Any], parameters: dict[str, str] | None = None
    ) -> Sequence[sa.Row[Any]]:
        """All rows that `statement` finds. Raises DatabaseUnavailable."""
        try:
            with self._connect() as connection:
                return connection.execute(statement, parameters or {}).all()
        except (SQLAlchemyError, InvalidDatabaseError) as error:
            raise DatabaseUnavailable("the database does not answer") from error


_KEY_NAMES = (
    sa.select(
        sa.column("key_name"),
        sa.select(sa.func.max(sa.column("version")))
        .select_from(sa.table("terracotta"))
        .scalar_subquery()
        .label("version"),
    )
    .select_from(sa.table("key_names"))
    .order_by(sa.column("idx"))
)


def _check_version(rows: Sequence[sa.Row[Any]]) -> None:
    """Terracotta's own rule: a database serves all releases of its major and minor version."""
    if not rows:
        raise DatabaseUnavailable("the database names no keys: it was not created by Terracotta")
    made, ours = str(rows[0].version), terracotta.__version__
    if made.split(".")[:2] != ours.split(".")[:2]:
        raise DatabaseUnavailable(f"the database is of Terracotta {made}, this is {ours}")


def _dataset_statement(key_names: Sequence[str]) -> sa.Select[Any]:
    datasets = sa.table("datasets", *map(sa.column, (*key_names, "path")))
    metadata = sa.table("metadata", *map(sa.column, (*key_names, *_BOUNDS, "metadata")))
    same_keys = sa.and_(*(datasets.c[name] == metadata.c[name] for name in key_names))
    return (
        sa.select(datasets.c.path, *(metadata.c[name] for name in (*_BOUNDS, "metadata")))
        .select_from(datasets.outerjoin(metadata, same_keys))
        .where(*(datasets.c[name] == sa.bindparam(_parameter(name)) for name in key_names))
    )


def _where(statement: sa.Select[Any], keys: Mapping[str, str]) -> sa.Select[Any]:
    """Of the datasets with these values."""
    datasets = sa.table("datasets", *map(sa.column, keys))
    chosen = (datasets.c[name] == value for name, value in keys.items())
    return statement.select_from(datasets).where(*chosen)


def _parameter(key_name: str) -> str:
    return f"key_{key_name}"


def _registration(row: Sequence[Any]) -> Registration:
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
