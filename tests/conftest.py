"""Fixtures that all tests share: a real PostgreSQL server, moto's S3 and SQS over HTTP.

The servers start with the first test that asks and serve the whole session; what a test gets of
them is its own.
"""

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import settings
from sqlalchemy.engine import make_url

from infra.database import Role, create_database
from infra.local.aws import Aws, Resources
from infra.local.environment import forget_accounts
from infra.local.postgres import Postgres

KEYS = ("type", "sensor", "date", "band")

# A slow machine is no failure: hypothesis would else give each example 200 ms.
settings.register_profile("untimed", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile("untimed")


@dataclass(frozen=True)
class Database:
    """A fresh database as infra.database.create_database leaves it, with the default keys."""

    name: str
    admin_url: str
    reader: Role
    writer: Role
    reader_url: str
    writer_url: str

    @property
    def path(self) -> str:
        """Terracotta's driver path: the URL without user and password."""
        url = make_url(self.admin_url)
        return f"postgresql://{url.host}:{url.port}/{self.name}"

    def environment(self, role: Role) -> dict[str, str]:
        """What a function in that role has in its environment."""
        return {
            "TC_DRIVER_PATH": self.path,
            "TC_DRIVER_PROVIDER": "postgresql",
            "TC_SQL_USER": role.name,
            "TC_SQL_PASSWORD": role.password,
        }


def pytest_configure() -> None:
    """No test sees the AWS account, or the database, of whoever runs it."""
    forget_accounts()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server: .host, .port, .admin_url.

    .fresh_database() gives the administrator's URL of a new, empty database.
    """
    server = Postgres.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    """A moto server: .endpoint_url; .s3() and .sqs() give boto3 clients.

    .environment() is what code that makes its own clients, and GDAL, needs in os.environ.
    """
    server = Aws.start()
    yield server
    server.stop()


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    """An empty Terracotta database (type, sensor, date, band) with its own reader and writer."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    admin_url = postgres.url(name)
    reader, writer = (
        Role(f"{name}_{role}", secrets.token_urlsafe(12)) for role in ("reader", "writer")
    )
    create_database(admin_url, KEYS, reader, writer)
    yield Database(
        name,
        admin_url,
        reader,
        writer,
        reader_url=postgres.url(name, reader.name, reader.password),
        writer_url=postgres.url(name, writer.name, writer.password),
    )
    postgres.drop_database(name)


@pytest.fixture
def buckets(aws: Aws) -> Resources:
    """Fresh buckets .incoming and .published, with .queue_url and .dead_letter_queue_url.

    The incoming bucket notifies the queue, whose first message is S3's own s3:TestEvent.
    """
    return aws.create_resources()
