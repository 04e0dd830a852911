"""A database that takes statements and never answers costs some seconds, not the whole request."""

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import set_wait_callback

from handler.database import Database
from handler.database_wait import bounded
from handler.errors import DatabaseUnavailable
from handler.settings import Settings
from infra.local.fault_proxy import Fault, FaultProxy
from tests.handler.conftest import DATASET, Registry, reading

EVER = 10**9


@pytest.fixture
def proxy(postgres: Any) -> Iterator[FaultProxy]:
    with FaultProxy(postgres.port) as running:
        yield running
    set_wait_callback(None)


@pytest.fixture
def through(postgresql: Registry, postgres: Any, proxy: FaultProxy) -> Database:
    """The database behind the proxy, which may take a second to answer."""
    postgresql.register("a.tif", {})
    url = postgresql.url.replace(f":{postgres.port}/", f":{proxy.port}/")
    return reading(url, Settings(database_timeout=1), connecting=2)


def hang(proxy: FaultProxy) -> Fault:
    return proxy.inject(Fault(b"", EVER, hold=True))


def mend(proxy: FaultProxy, fault: Fault) -> None:
    fault.times = 0
    fault.released.set()


def test_a_server_that_hangs_is_given_up_and_found_again(
    through: Database, proxy: FaultProxy
) -> None:
    assert through.find(DATASET) is not None
    fault = hang(proxy)
    with pytest.raises(DatabaseUnavailable):
        through.find(DATASET)
    mend(proxy, fault)
    assert through.find(DATASET) is not None


def test_a_server_that_hangs_at_the_greeting(proxy: FaultProxy, postgres: Any) -> None:
    fault = hang(proxy)
    url = postgres.admin_url.replace(f":{postgres.port}/", f":{proxy.port}/")
    with pytest.raises(psycopg2.OperationalError, match=r"no answer within 0\.5 s"):
        psycopg2.connect(url, connection_factory=bounded(0.5, 60))
    mend(proxy, fault)
    connection = psycopg2.connect(url, connection_factory=bounded(0.5, 60))
    connection.cursor().execute("SELECT pg_sleep(1)")
    connection.close()


def test_other_connections_wait_as_ever(proxy: FaultProxy, postgres: Any) -> None:
    bounded(0.1, 0.1)
    connection = psycopg2.connect(postgres.admin_url)
    cursor = connection.cursor()
    cursor.execute("SELECT pg_sleep(0.5), 7")
    assert cursor.fetchone()[1] == 7
    connection.close()
