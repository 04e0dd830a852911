"""Registrations are read from any Terracotta database, with few statements and none that writes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors
import pytest
import sqlalchemy
from terracotta import __version__

from handler.database import Registration
from handler.errors import DatabaseUnavailable
from handler.postgresql import Connections, parse_path
from handler.settings import Settings
from handler.terracotta_driver import read_only_engine
from tests.handler.conftest import DATASET, KEYS, Registry, Seeded, reading
from tests.handler.gates import TcpGate

BOUNDS = (15.0, 49.55, 15.15, 49.66)


@pytest.fixture(params=["sqlite", "postgresql"])
def registry(request: pytest.FixtureRequest) -> Registry:
    found: Registry = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def engines() -> Iterator[list[sqlalchemy.Engine]]:
    made: list[sqlalchemy.Engine] = []
    yield made
    for engine in made:
        engine.dispose()


def test_key_names_are_in_order(registry: Registry) -> None:
    assert reading(registry.url).key_names == KEYS


def test_a_dataset_with_its_metadata(registry: Registry) -> None:
    registry.register("s3://bucket/a.tif", {"categories": {"Dünen": 1}})
    found = reading(registry.url).find(DATASET)
    assert found == Registration("s3://bucket/a.tif", BOUNDS, {"categories": {"Dünen": 1}})


def test_a_dataset_without_metadata(registry: Registry) -> None:
    registry.register("a.tif", None)
    assert reading(registry.url).find(DATASET) == Registration("a.tif", None, {})


@pytest.mark.parametrize("text", ["", "null", "[1, 2]", '"text"', "{no json", "{"])
def test_metadata_that_is_no_object_counts_as_none(sqlite: Registry, text: str) -> None:
    sqlite.register("a.tif", text)
    found = reading(sqlite.url).find(DATASET)
    assert found is not None
    assert found.metadata == {}


@pytest.mark.parametrize(
    "keys",
    [
        ("categorical", "S2", "20181010", "other"),
        ("categorical", "S2", "20181010", "cloudmask\0"),
        ("categorical", "S2", "20181010", "cloudmask' OR '1'='1"),
        ("categorical", "S2", "20181010", "%"),
        ("CATEGORICAL", "S2", "20181010", "cloudmask"),
        ("categorical", "S2", "20181010", "x" * 100_000),
    ],
    ids=["other", "NUL", "injection", "wildcard", "case", "long"],
)
def test_no_such_dataset(registry: Registry, keys: tuple[str, ...]) -> None:
    registry.register("a.tif", {})
    assert reading(registry.url).find(keys) is None


def test_strange_key_names_and_values(tmp_path: Path) -> None:
    from terracotta.drivers.sqlite_meta_store import SQLiteMetaStore

    path = tmp_path / "strange #%? name.sqlite"
    store = SQLiteMetaStore(str(path))
    store.sqla_engine = sqlalchemy.create_engine(
        sqlalchemy.URL.create("sqlite", database=str(path)), poolclass=sqlalchemy.NullPool
    )
    store.create(("order", "select", "größe"))
    store.insert({"order": "a'b", "select": 'c"d', "größe": "🌍"}, "a.tif")
    url = sqlalchemy.URL.create("sqlite", database=str(path))
    found = reading(url.render_as_string()).find(("a'b", 'c"d', "🌍"))
    assert found == Registration("a.tif", None, {})


def test_two_statements_at_first_and_one_from_then_on(
    registry: Registry, statements: list[str]
) -> None:
    registry.register("a.tif", {})
    database = reading(registry.url)
    statements.clear()
    database.find(DATASET)
    assert len(statements) == 2
    statements.clear()
    database.find(DATASET)
    assert len(statements) == 1
    assert statements[0].startswith("SELECT")


def test_a_connection_that_broke_is_replaced(
    postgresql: Registry, postgres: Any, database_gate: TcpGate
) -> None:
    postgresql.register("a.tif", {})
    database = reading(postgresql.url.replace(f":{postgres.port}/", f":{database_gate.port}/"))
    assert database.find(DATASET) is not None
    database_gate.cut()
    assert database.find(DATASET) is not None


def test_a_database_that_is_away_and_comes_back(
    postgresql: Registry, postgres: Any, database_gate: TcpGate
) -> None:
    postgresql.register("a.tif", {})
    database = reading(postgresql.url.replace(f":{postgres.port}/", f":{database_gate.port}/"))
    database_gate.shut()
    with pytest.raises(DatabaseUnavailable):
        database.find(DATASET)
    database_gate.open()
    assert database.find(DATASET) is not None
    database_gate.shut()
    with pytest.raises(DatabaseUnavailable):
        database.find(DATASET)
    database_gate.open()
    assert database.find(DATASET) is not None


@pytest.mark.parametrize("version", ["0.7.4", "1.0.0", "nonsense"])
def test_a_database_of_another_terracotta(registry: Registry, version: str) -> None:
    registry.execute("UPDATE terracotta SET version = :version", version=version)
    with pytest.raises(DatabaseUnavailable, match=version):
        reading(registry.url).find(DATASET)


def test_a_database_of_another_patch_release(registry: Registry) -> None:
    major, minor, *_ = __version__.split(".")
    registry.execute("UPDATE terracotta SET version = :version", version=f"{major}.{minor}.99")
    assert reading(registry.url).key_names == KEYS


def test_a_database_that_is_none_of_terracottas(tmp_path: Path, postgres: Any) -> None:
    sqlite3.connect(tmp_path / "empty.sqlite").close()
    for url in (f"sqlite:///{tmp_path}/empty.sqlite", postgres.fresh_database()):
        with pytest.raises(DatabaseUnavailable):
            reading(url).find(DATASET)


def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        reading(f"sqlite:///{tmp_path}/none.sqlite").find(DATASET)
    assert not list(tmp_path.iterdir())


def test_the_file_cannot_be_written(sqlite: Registry, engines: list[sqlalchemy.Engine]) -> None:
    engine = read_only_engine(sqlalchemy.make_url(sqlite.url), Settings())
    engines.append(engine)
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.OperationalError) as error:
        connection.execute(sqlalchemy.text("DELETE FROM datasets"))
    assert "readonly" in str(error.value)


def test_the_reading_role_is_enough_and_cannot_write(
    database: Any,
) -> None:
    Registry(database.admin_url.replace(":", "+psycopg2:", 1)).register("a.tif", {})
    assert reading(database.reader_url).find(DATASET) is not None
    connections = Connections(parse_path(database.reader_url), 10, 10)
    with (
        closing(connections.take()) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege, match="permission denied"),
    ):
        cursor.execute("DELETE FROM datasets")


def test_databases_that_the_guides_lines_made(seeded: Seeded) -> None:
    for url in (f"sqlite:///{seeded.sqlite}", seeded.postgresql):
        database = reading(url)
        found = database.find(DATASET)
        assert found is not None
        assert found.metadata["categories"]["cloud"] == 2
        assert found.bounds is not None
        west, south, east, north = found.bounds
        assert 14.9 < west < 15.1 < east < 15.2
        assert 49.5 < south < 49.6 < north < 49.7
        assert database.find(("categorical", "S2", "20181011", "lazy")) is not None
