"""A tile needs no SQLAlchemy, and a process that serves one request at a time one connection."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors
import pytest

from handler.database_wait import BoundedConnection
from handler.errors import DatabaseUnavailable
from handler.postgresql import IDLE, Connections, parse_path
from tests.handler.conftest import DATASET, PUBLISHED, Registry, Serve

PATH = "/".join(DATASET)
TILE = f"/categorical/{PATH}/9/277/174.png"

DRAW = f"""
import sys
from handler.app import app
client = app.test_client()
assert client.get("{TILE}").status_code == 200
print("sqlalchemy" in sys.modules)
assert client.get("/keys").status_code == 200
print("sqlalchemy" in sys.modules)
"""


@pytest.fixture
def url(postgresql: Registry, cog: Path) -> str:
    """The path of a database with a published dataset."""
    postgresql.register(str(cog), PUBLISHED)
    return postgresql.url.replace("+psycopg2", "")


@pytest.fixture
def connections(url: str) -> Connections:
    return Connections(parse_path(url), 10, 10)


def test_only_terracottas_endpoints_need_sqlalchemy(url: str) -> None:
    environment = {**os.environ, "TC_DRIVER_PATH": url, "TC_USE_MULTIPROCESSING": "false"}
    command = [sys.executable, "-W", "ignore", "-c", DRAW]
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert ran.stdout.split() == ["False", "True"]


def test_our_endpoints_and_terracottas_share_a_connection(
    url: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve(url, HANDLER_DATASET_TTL="0")
    made: list[Any] = []
    connect = psycopg2.connect
    monkeypatch.setattr(
        psycopg2, "connect", lambda **options: made.append(connect(**options)) or made[-1]
    )
    for address in (f"/classes/{PATH}", "/keys", f"/classes/{PATH}", "/keys", "/keys"):
        assert client.get(address).status_code == 200
    assert len(made) <= 2  # Terracotta takes a second one while it reflects the tables
    assert all(isinstance(connection, BoundedConnection) for connection in made)


def test_a_connection_comes_back_when_it_is_closed(connections: Connections) -> None:
    with closing(connections.take()) as first:
        pass
    with closing(connections.take()) as again:
        assert again is first


def test_no_more_than_a_few_are_kept(connections: Connections) -> None:
    taken = [connections.take() for _ in range(IDLE + 1)]
    for connection in taken:
        connection.close()
    assert [connection.closed for connection in taken] == [0] * IDLE + [1]


def test_one_in_a_transaction_is_not_kept(connections: Connections) -> None:
    with closing(connections.take()) as connection:
        connection.cursor().execute("BEGIN")
    assert connection.closed


def test_a_statement_that_fails_is_no_outage_of_the_connection(connections: Connections) -> None:
    with pytest.raises(DatabaseUnavailable) as error:
        connections.read("SELECT nothing FROM nowhere", ())
    assert isinstance(error.value.__cause__, psycopg2.errors.UndefinedTable)
    assert connections.read("SELECT %s", ("a'b",)) == [("a'b",)]


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("postgresql://host/maps", {"host": "host", "port": None, "dbname": "maps"}),
        ("host:6543/maps", {"host": "host", "port": 6543, "dbname": "maps"}),
        (
            "postgresql://who:secret@host:1/maps?sslmode=require",
            {
                "host": "host",
                "port": 1,
                "dbname": "maps",
                "user": "who",
                "password": "secret",
                "sslmode": "require",
            },
        ),
    ],
)
def test_paths_are_read_as_terracotta_reads_them(path: str, options: dict[str, Any]) -> None:
    assert parse_path(path) == options


@pytest.mark.parametrize(
    "path", ["mysql://host/maps", "postgresql://host", "postgresql://host/a/b", "host:port/maps"]
)
def test_a_path_that_names_no_database(path: str, serve: Serve) -> None:
    client = serve(path, TC_DRIVER_PROVIDER="postgresql")
    for address in (TILE, "/keys"):
        assert client.get(address).status_code == 503
