"""Terracotta's driver for its own endpoints, on connections that only read.

It brings SQLAlchemy, so that whoever needs neither those endpoints nor another database than
PostgreSQL does not import this (`handler.access`).

Terracotta computes the metadata it lacks at the first request for them and inserts them, in a way
that is not safe with several threads and not possible with a read-only user. Here they are
computed for the answer and kept in memory.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property, partial
from typing import Any
from urllib.parse import quote

import numpy as np
import sqlalchemy as sa
import terracotta
from botocore.exceptions import BotoCoreError
from sqlalchemy.exc import SQLAlchemyError
from terracotta.drivers import TerracottaDriver
from terracotta.drivers.base_classes import MetaStore
from terracotta.exceptions import DatasetNotFoundError, InvalidDatabaseError

from handler.cache import Cache
from handler.database import Row
from handler.errors import DatabaseUnavailable
from handler.postgresql import Connections
from handler.settings import Settings

Connect = Callable[[], AbstractContextManager[sa.Connection]]
Keys = Sequence[str] | Mapping[str, str]


class ReadOnlyDriver:
    """The driver that Terracotta's views get from `terracotta.get_driver`, made read-only.

    That is one instance a process for the database that `TC_DRIVER_PATH` names, which has
    `connections` if it is PostgreSQL.
    """

    def __init__(self, settings: Settings, connections: Connections | None) -> None:
        self._settings, self._connections = settings, connections

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Terracotta's views do not write within. Raises DatabaseUnavailable."""
        assert self.stock
        with answering():
            yield

    def read(self, statement: str, values: Sequence[Any]) -> Sequence[Row]:
        """All rows that `statement` finds. Raises DatabaseUnavailable."""
        return read(self._connect, statement, values)

    def _connect(self) -> AbstractContextManager[sa.Connection]:
        store = self.stock.meta_store
        connect: Connect = store.connect if _is_remote(store) else store.sqla_engine.connect
        return connect()

    @cached_property
    def stock(self) -> TerracottaDriver:
        """Terracotta's driver. Its making connects to nothing; a database on S3 is downloaded.

        Raises DatabaseUnavailable.
        """
        options = terracotta.get_settings()
        try:
            driver = terracotta.get_driver(options.DRIVER_PATH, provider=options.DRIVER_PROVIDER)
        except (ValueError, BotoCoreError, InvalidDatabaseError) as error:
            raise DatabaseUnavailable("the database cannot be opened") from error
        if not _is_remote(driver.meta_store):
            driver.meta_store = self._read_only(type(driver.meta_store)(options.DRIVER_PATH))
        driver.get_metadata = _Metadata(driver, self._settings)
        driver.get_raster_tile = _RasterTile(driver)
        return driver

    def _read_only(self, store: MetaStore) -> MetaStore:
        """`store`, which is new: a writing one that this process made before keeps its own."""
        store.sqla_engine = (
            engine_on(self._connections, store.url)
            if self._connections
            else read_only_engine(store.url, self._settings)
        )
        store._WRITABLE = False
        return store


@contextmanager
def answering() -> Iterator[None]:
    """Makes the errors of SQLAlchemy and Terracotta's store DatabaseUnavailable."""
    try:
        yield
    except (SQLAlchemyError, InvalidDatabaseError) as error:
        raise DatabaseUnavailable("the database does not answer") from error


def read(connect: Connect, statement: str, values: Sequence[Any]) -> Sequence[Row]:
    """All rows that `statement`, in PostgreSQL's SQL, finds. Raises DatabaseUnavailable."""
    with answering(), connect() as connection:
        translated = translate(statement, connection.dialect.name)
        return connection.exec_driver_sql(translated, tuple(values)).all()


_TRANSLATIONS = {"sqlite": ("%s", "?"), "mysql": ('"', "`")}


def translate(statement: str, dialect: str) -> str:
    """A statement of ours, which holds no literals, in another dialect than PostgreSQL's."""
    return statement.replace(*_TRANSLATIONS[dialect])


def engine_on(connections: Connections, url: sa.URL) -> sa.Engine:
    """An engine that has no pool of its own."""
    return sa.create_engine(
        url,
        creator=connections.take,
        poolclass=sa.NullPool,
        isolation_level="AUTOCOMMIT",
        use_native_hstore=False,  # else each connection is asked for a type that nobody has
    )


def read_only_engine(url: sa.URL, settings: Settings) -> sa.Engine:
    """A pool of connections to SQLite or MySQL, each checked before use.

    SQLite opens the file read-only; MySQL's user is to be given SELECT and nothing else.
    """
    connecting = terracotta.get_settings().DB_CONNECTION_TIMEOUT
    if url.get_backend_name() == "sqlite":
        query = {"mode": "ro", "uri": "true"}
        url = url.set(database=f"file:{quote(url.database or '')}", query=query)
        arguments = {"timeout": connecting}
    else:
        arguments = {"connect_timeout": connecting, "read_timeout": settings.database_timeout}
    return sa.create_engine(
        url,
        connect_args=arguments,
        isolation_level="AUTOCOMMIT",  # spares BEGIN and ROLLBACK around each statement
        pool_pre_ping=True,
        pool_size=2,  # Terracotta takes a second one to reflect tables while it holds one
    )


def _is_remote(store: MetaStore) -> bool:
    """Whether the database is a file on S3, whose local copy Terracotta renews now and then."""
    return not type(store)._WRITABLE


class _Metadata:
    """Stands in for `driver.get_metadata`: the same answer, but nothing is inserted."""

    def __init__(self, driver: TerracottaDriver, settings: Settings) -> None:
        self._driver, self._ttl = driver, settings.dataset_ttl
        self._computed: Cache[str, dict[str, Any]] = Cache(settings.max_datasets)

    def __call__(self, keys: Keys) -> dict[str, Any]:
        names = self._driver._standardize_keys(keys)
        if any("\0" in value for value in names.values()):  # no database takes it
            raise DatasetNotFoundError("No dataset found")
        with self._driver.connect():
            stored: dict[str, Any] | None = self._driver.meta_store.get_metadata(names)
            return self._compute(names) if stored is None else stored

    def _compute(self, names: Mapping[str, str]) -> dict[str, Any]:
        paths = self._driver.get_datasets(names)
        if not paths:
            raise DatasetNotFoundError("No dataset found")
        (path,) = paths.values()
        computed = self._computed.get(path)
        if computed is None:
            computed = self._computed.put(path, self._as_stored(path), self._ttl)
        return dict(computed)

    def _as_stored(self, path: str) -> dict[str, Any]:
        """As it would come back from the database: numbers rounded, tuples as lists."""
        driver = self._driver
        computed = driver.compute_metadata(path, max_shape=driver.LAZY_LOADING_MAX_SHAPE)
        stored: dict[str, Any] = driver.meta_store._decode_data(
            driver.meta_store._encode_data(computed)
        )
        return stored


class _RasterTile:
    """Stands in for `driver.get_raster_tile`, which stumbles over a dataset that is unknown."""

    def __init__(self, driver: TerracottaDriver) -> None:
        self._tile = partial(TerracottaDriver.get_raster_tile, driver)

    def __call__(self, keys: Keys, **options: Any) -> np.ma.MaskedArray[Any, Any]:
        try:
            tile: np.ma.MaskedArray[Any, Any] = self._tile(keys, **options)
        except AssertionError as error:  # it asserts that there is one path
            raise DatasetNotFoundError("No dataset found") from error
        return tile
