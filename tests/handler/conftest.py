"""The API under test: on databases as Terracotta makes them, behind gates that can be shut."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2
import psycopg2.extensions
import pytest
import rasterio
import rasterio.shutil
import sqlalchemy
import terracotta
import terracotta.drivers
from flask.testing import FlaskClient
from numpy.typing import NDArray
from rasterio.session import DummySession
from rasterio.transform import from_origin
from sqlalchemy.engine import Connection as SqlConnection
from terracotta.config import parse_config
from terracotta.drivers.postgresql_meta_store import PostgreSQLMetaStore
from terracotta.drivers.sqlite_meta_store import SQLiteMetaStore

from handler.database import Database
from handler.database_wait import BoundedConnection
from handler.postgresql import Connections, parse_path
from handler.settings import Settings
from handler.terracotta_driver import read, read_only_engine
from tests.handler.gates import HttpGate, TcpGate

KEYS = ("type", "sensor", "date", "band")
DATASET = ("categorical", "S2", "20181010", "cloudmask")
CATEGORIES = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}
SIDE = 1024  # pixels of 10 m, in UTM zone 33 north
WEST, NORTH = 500_000.0, 5_500_000.0

# Terracotta's guide to categorical data, line by line; only paths and keys come from outside.
SEED = """
import sys
import terracotta as tc
raster_path, *databases = sys.argv[1:]
for database in databases:
    driver = tc.get_driver(database)
    if database.endswith(".sqlite"):
        driver.create(["type", "sensor", "date", "band"])
    # assuming key names are [type, sensor, date, band]
    key_values = ["categorical", "S2", "20181010", "cloudmask"]
    category_map = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}
    with driver.connect():
        metadata = driver.compute_metadata(
            raster_path, extra_metadata={"categories": category_map}
        )
        driver.insert(key_values, raster_path, metadata=metadata)
        driver.insert(["index", "S2", "20181010", "ndvi"], raster_path)
        driver.insert(["categorical", "S2", "20181011", "lazy"], raster_path, skip_metadata=True)
"""


def quarters() -> NDArray[np.uint8]:
    """0 and 1 above, 2 and 3 below."""
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[:, SIDE // 2 :] += 1
    pixels[SIDE // 2 :] += 2
    return pixels


def write_cog(path: Path, pixels: NDArray[Any]) -> Path:
    """A Cloud Optimized GeoTIFF of these pixels, nodata 255; larger than its first request."""
    plain = path.with_suffix(".plain.tif")
    profile = {
        "driver": "GTiff",
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "count": 1,
        "dtype": pixels.dtype,
        "crs": "EPSG:32633",
        "transform": from_origin(WEST, NORTH, 10, 10),
        "nodata": 255,
    }
    with rasterio.Env(session=DummySession()):
        with rasterio.open(plain, "w", **profile) as target:
            target.write(pixels, 1)
        rasterio.shutil.copy(
            plain, path, driver="COG", blocksize=256, compress="NONE", overview_resampling="mode"
        )
    plain.unlink()
    return path


@pytest.fixture(scope="session")
def cog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raster of four classes, a quarter each."""
    return write_cog(tmp_path_factory.mktemp("raster") / "cloud_mask.tif", quarters())


TABLES = ("datasets", "metadata")
STATISTICS: dict[str, Any] = {
    # Roughly where the raster is, in degrees and in the database's odd columns.
    "bounds_north": 15.0,
    "bounds_east": 49.55,
    "bounds_south": 15.15,
    "bounds_west": 49.66,
    **dict.fromkeys(("valid_percentage", "min", "max", "mean", "stdev"), 1.0),
    "convex_hull": "{}",
    "percentiles": np.zeros(99, "f4").tobytes(),
}


@dataclass
class Registry:
    """A Terracotta database to write to, past the API, with plain SQL."""

    url: str

    def execute(self, statement: str, **values: Any) -> None:
        self._run([(statement, values)])

    def register(
        self, path: str, metadata: Mapping[str, Any] | str | None, keys: Sequence[str] = DATASET
    ) -> None:
        """Puts a dataset there, replacing what was; without `metadata` Terracotta's lazy way."""
        named = dict(zip(KEYS, keys, strict=True))
        where = " AND ".join(f"{key} = :{key}" for key in named)
        deleted = [(f"DELETE FROM {table} WHERE {where}", named) for table in TABLES]
        rows = [_insert("datasets", {**named, "path": path})]
        if metadata is not None:
            text = metadata if isinstance(metadata, str) else json.dumps(metadata)
            rows.append(_insert("metadata", {**named, **STATISTICS, "metadata": text}))
        self._run([*deleted, *rows])

    def _run(self, statements: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        engine = sqlalchemy.create_engine(self.url, poolclass=sqlalchemy.NullPool)
        with engine.begin() as connection:
            for statement, values in statements:
                connection.execute(sqlalchemy.text(statement), values)


def _insert(table: str, row: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    slots = ", ".join(f":{name}" for name in row)
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({slots})", row


@pytest.fixture(scope="session")
def sqlite_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Terracotta database in a file, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "terracotta.sqlite"
    store = SQLiteMetaStore(str(path))
    store.create(KEYS)
    store.sqla_engine.dispose()
    return path


@pytest.fixture
def sqlite(tmp_path: Path, sqlite_schema: Path) -> Registry:
    """An empty Terracotta database in a file."""
    path = tmp_path / "terracotta.sqlite"
    shutil.copy(sqlite_schema, path)
    return Registry(f"sqlite:///{path}")


@pytest.fixture(scope="session")
def postgresql_schema(postgres: Any) -> str:
    """The URL of a Terracotta database in the real PostgreSQL, one for the whole session."""
    url: str = postgres.fresh_database().replace("postgresql://", "postgresql+psycopg2://")
    PostgresDatabase(url.replace("+psycopg2", "")).create(KEYS)
    return url


@pytest.fixture
def postgresql(postgresql_schema: str) -> Iterator[Registry]:
    """An empty Terracotta database in the real PostgreSQL."""
    registry = Registry(postgresql_schema)
    yield registry
    for table in TABLES:
        registry.execute(f"DELETE FROM {table}")
    registry.execute("UPDATE terracotta SET version = :version", version=terracotta.__version__)


Serve = Callable[..., FlaskClient]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Makes the application anew as if the process had just started with these variables."""

    def start(path: str, **environment: str) -> FlaskClient:
        from handler.app import create_app

        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TC_DRIVER_PATH", path)
        monkeypatch.setenv("TC_USE_MULTIPROCESSING", "false")
        monkeypatch.setattr(terracotta, "_settings", parse_config())
        monkeypatch.setattr(terracotta.drivers, "_DRIVER_CACHE", {})
        return create_app().test_client()

    return start


@pytest.fixture
def client(sqlite: Registry, serve: Serve, cog: Path) -> FlaskClient:
    """The API on a database as the ingestion leaves it, with one published dataset."""
    sqlite.register(str(cog), PUBLISHED)
    return serve(sqlite.url.removeprefix("sqlite:///"))


PUBLISHED: dict[str, Any] = {
    "categories": CATEGORIES,
    "classes": [
        {
            "value": value,
            "name": label.replace(" ", "_"),
            "title": label.capitalize(),
            "color_hint": color,
            "nodata": False,
            "count": SIDE * SIDE // 4,
            "percentage": 25.0,
        }
        for (label, value), color in zip(
            CATEGORIES.items(), ("99D594", "2B83BA", "FFFFFF", "404040"), strict=True
        )
    ],
    "source": {"bucket": "incoming", "key": "categorical/S2/20181010/cloudmask.tif"},
}


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory, cog: Path, postgres: Any) -> "Seeded":
    """Databases that the lines of Terracotta's guide filled, in a process of their own."""
    path = str(tmp_path_factory.mktemp("seed") / "terracotta.sqlite")
    url = postgres.fresh_database()
    PostgresDatabase(url).create(KEYS)
    command = [sys.executable, "-W", "ignore", "-c", SEED, str(cog), path, url]
    subprocess.run(command, check=True, timeout=120, env={**os.environ, "TC_DRIVER_PATH": ""})
    return Seeded(path, url)


@dataclass(frozen=True)
class Seeded:
    """The driver paths of the two databases."""

    sqlite: str
    postgresql: str


class PostgresDatabase(PostgreSQLMetaStore):  # type: ignore[misc]
    """Terracotta's store for a database that is there already."""

    def _create_database(self) -> None:
        pass


def reading(url: str, settings: Settings | None = None, connecting: float = 10) -> Database:
    """A database as our endpoints read it."""
    settings = settings or Settings()
    if url.startswith("postgresql"):
        options = parse_path(url.replace("+psycopg2", ""))
        return Database(Connections(options, connecting, settings.database_timeout).read)
    engine = read_only_engine(sqlalchemy.make_url(url), settings)
    return Database(partial(read, engine.connect))


@pytest.fixture(autouse=True)
def closed_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Closes what the API keeps open for the life of its process."""
    opened: list[Any] = []
    connect = psycopg2.connect

    def connect_recorded(*arguments: Any, **options: Any) -> Any:
        connection = connect(*arguments, **options)
        if isinstance(connection, BoundedConnection):
            opened.append(connection)
        return connection

    def record(connection: Any, _: object) -> None:
        opened.append(connection)

    monkeypatch.setattr(psycopg2, "connect", connect_recorded)
    sqlalchemy.event.listen(sqlalchemy.Pool, "connect", record)
    yield
    sqlalchemy.event.remove(sqlalchemy.Pool, "connect", record)
    for connection in opened:
        connection.close()
        if isinstance(connection, BoundedConnection):
            psycopg2.extensions.connection.close(connection)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every SQL statement that the API sends but for checks of connections, as it is sent."""
    sent: list[str] = []
    connect = psycopg2.connect

    class Cursor(psycopg2.extensions.cursor):
        def execute(self, statement: Any, values: Any = None) -> None:
            if statement != "SELECT 1":
                sent.append(str(statement))
            super().execute(statement, values)

    def record(_conn: SqlConnection, cursor: Any, statement: str, *_: Any) -> None:
        if not isinstance(cursor, Cursor):
            sent.append(statement)

    monkeypatch.setattr(psycopg2, "connect", partial(connect, cursor_factory=Cursor))
    sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", record)
    yield sent
    sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", record)


@pytest.fixture
def database_gate(postgres: Any) -> Iterator[TcpGate]:
    """A port that leads to PostgreSQL as long as it is open."""
    with TcpGate(postgres.port) as gate:
        yield gate


@pytest.fixture
def s3_gate(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpGate]:
    """A port that leads to S3, writes down each request, and may answer something else."""
    with HttpGate(aws.port) as gate:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_S3_ENDPOINT", f"127.0.0.1:{gate.port}")
        yield gate
