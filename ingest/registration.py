"""Registered datasets, in Terracotta's database and through its driver.

Every nested use of Terracotta's `connect()` commits. So one `connect()` holds a connection, our own
statements come first, and the driver's `insert` comes last: its commit commits them all, and ends
the lock. What the driver needs to know (tables, key names) is read before, as that commits too.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import terracotta

from categorical.colors import Color
from ingest import colors, tables
from ingest.colors import Assignment
from ingest.description import with_color
from ingest.errors import Misconfigured
from ingest.keys import Keys, product
from ingest.notices import Notice
from ingest.statistics import Statistics

_TERRACOTTA_TABLES = ("terracotta", "key_names", "datasets", "metadata")

Unchanged = Callable[[], None]
"""Raises Changed when the bucket holds something else than what is about to be registered."""


@dataclass(frozen=True)
class Registered:
    """A dataset in the database: where its raster is, and Terracotta's `metadata` column."""

    path: str
    metadata: dict[str, Any]

    @property
    def source(self) -> dict[str, Any]:
        """What the dataset was made from; empty where it was not registered by ingestion."""
        source = self.metadata.get("source")
        return source if isinstance(source, dict) else {}


@dataclass(frozen=True)
class Dataset:
    """A dataset to register; `describe` makes its metadata from the colours of its labels.

    `given` are colours that somebody gave to labels, `labels` all that need one, in class order.
    """

    keys: Keys
    path: str
    statistics: Statistics
    labels: tuple[str, ...]
    given: Mapping[str, Assignment]
    describe: Callable[[Mapping[str, Color]], dict[str, Any]]


class Registry:
    """The database, seen by the ingestion function."""

    def __init__(
        self,
        path: str,
        provider: str | None,
        fields: tuple[str, ...],
        date_key: str,
        timeout: float,
    ) -> None:
        self._driver = terracotta.get_driver(path, provider)
        self._fields = fields
        self._date_key = date_key
        self._timeout = timeout
        self._prepared = False

    def find(self, keys: Keys) -> Registered | None:
        """The dataset registered under `keys`."""
        self._prepare()
        with self._driver.connect() as connection:
            return self._find(connection, keys)

    def register(self, dataset: Dataset, unchanged: Unchanged) -> tuple[Registered, list[Notice]]:
        """Insert or replace a dataset, in one transaction with its colours.

        Writes nothing where the same is registered already. Raises what `unchanged` raises.
        """
        name = product(dataset.keys, self._date_key)
        with self._transaction(name) as connection:
            unchanged()
            settled = colors.settle(dataset.labels, dataset.given, colors.load(connection, name))
            colors.store(connection, name, settled.changed)
            if settled.replaced:
                new = {label: settled.colors[label] for label in settled.replaced}
                self._recolor(connection, dataset.keys, new)
            wanted = Registered(dataset.path, dataset.describe(settled.colors))
            found = self._find(connection, dataset.keys)
            if found is not None and _is_same(found, wanted):
                return found, list(settled.notices)
            self._driver.insert(
                dict(dataset.keys), dataset.path, metadata=_row(dataset.statistics, wanted)
            )
        return wanted, list(settled.notices)

    def remove(
        self, keys: Keys, bucket: str, uploads: Collection[str], unchanged: Unchanged
    ) -> bool:
        """Remove a dataset that was made from an upload to `bucket`; whether there was one.

        `uploads` are the keys that are there: what was made from one of these stays.
        """
        with self._transaction(product(keys, self._date_key)) as connection:
            unchanged()
            found = self._find(connection, keys)
            if found is None or found.source.get("bucket") != bucket:
                return False
            if found.source.get("key") in uploads:
                return False
            for table in (self._table("datasets"), self._table("metadata")):
                connection.execute(table.delete().where(*_matches(table, keys)))
        return True

    # --- within a transaction ------------------------------------------------------------------

    @contextmanager
    def _transaction(self, name: str) -> Iterator[sa.Connection]:
        """One transaction that is alone with its product; committed at the end."""
        self._prepare()
        with self._driver.connect() as connection:
            if connection.dialect.name == "postgresql":
                wait = {"wait": f"{self._timeout * 1000:.0f}"}
                connection.execute(_TIMEOUTS, wait)
                connection.execute(_LOCK, {"lock": _lock_number(name)})
            else:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def _prepare(self) -> None:
        """Read the tables and key names once. Raises Misconfigured when the keys are not ours."""
        if self._prepared:
            return
        store = self._driver.meta_store
        store.sqla_metadata.reflect(store.sqla_engine, only=_TERRACOTTA_TABLES)
        tables.metadata.create_all(store.sqla_engine)
        if self._driver.key_names != self._fields:
            raise Misconfigured(
                f"the database has the keys {self._driver.key_names}, the key pattern has "
                f"{self._fields}"
            )
        self._prepared = True

    def _table(self, name: str) -> sa.Table:
        table: sa.Table = self._driver.meta_store.sqla_metadata.tables[name]
        return table

    def _find(self, connection: sa.Connection, keys: Keys) -> Registered | None:
        row = connection.execute(
            self._select().where(*_matches(self._table("datasets"), keys))
        ).first()
        return Registered(row.path, json.loads(row.metadata or "{}")) if row else None

    def _select(self, *columns: sa.Column[Any]) -> sa.Select[Any]:
        """Columns, path and metadata of datasets, also of those without metadata."""
        datasets, metadata = self._table("datasets"), self._table("metadata")
        same = [datasets.c[name] == metadata.c[name] for name in self._fields]
        return sa.select(*columns, datasets.c.path, metadata.c.metadata).select_from(
            datasets.outerjoin(metadata, sa.and_(*same))
        )

    def _recolor(self, connection: sa.Connection, keys: Keys, new: Mapping[str, Color]) -> None:
        """Give {label: colour} to all datasets of a product; of `keys` the date does not count."""
        table = self._table("metadata")
        same = {name: value for name, value in keys.items() if name != self._date_key}
        names = [table.c[name] for name in self._fields]
        rows = connection.execute(
            sa.select(*names, table.c.metadata).where(*_matches(table, same))
        ).all()
        for row in rows:
            of_row = {name: row._mapping[name] for name in self._fields}
            document = _recolored(json.loads(row.metadata), new)
            connection.execute(
                table.update().where(*_matches(table, of_row)).values(metadata=json.dumps(document))
            )


_TIMEOUTS = sa.text(
    "SELECT set_config('lock_timeout', :wait, true), set_config('statement_timeout', :wait, true)"
)
_LOCK = sa.text("SELECT pg_advisory_xact_lock(:lock)")


def _lock_number(name: str) -> int:
    """A product's name as the signed 64-bit number that PostgreSQL's locks have."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def _matches(table: sa.Table, keys: Keys) -> list[sa.ColumnElement[bool]]:
    return [table.c[name] == value for name, value in keys.items()]


def _row(statistics: Statistics, wanted: Registered) -> dict[str, Any]:
    """The metadata that Terracotta's driver inserts."""
    return {**statistics.model_dump(), "metadata": wanted.metadata}


def _is_same(found: Registered, wanted: Registered) -> bool:
    """Whether all is equal but the time of registration."""
    same_time = {"registered_at": found.source.get("registered_at")}
    source = {**wanted.source, **same_time}
    return found == Registered(wanted.path, {**wanted.metadata, "source": source})


def _recolored(document: dict[str, Any], new: Mapping[str, Color]) -> dict[str, Any]:
    classes = [
        with_color(item, new[item["title"]]) if item.get("title") in new else item
        for item in document.get("classes", ())
    ]
    return {**document, "classes": classes} if classes else document
