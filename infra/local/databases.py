"""The local system's database: PostgreSQL, or for a quick look an SQLite file."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy
import terracotta

import ingest.tables
from infra.database import Role, create_database
from infra.local.postgres import Postgres


@dataclass(frozen=True)
class Database:
    """A database's URL for programs on this machine, and how each function is told of it."""

    url: str
    api: dict[str, str] = field(repr=False)
    ingest: dict[str, str] = field(repr=False)


def create_postgresql(server: Postgres, name: str, keys: tuple[str, ...]) -> Database:
    """A new database with both roles; the URL is the reader's."""
    reader, writer = (Role(role, secrets.token_urlsafe(24)) for role in ("reader", "writer"))
    create_database(server.url(name), keys, reader, writer)
    path = f"postgresql://{server.host}:{server.port}/{name}"
    return Database(
        url=server.url(name, reader.name, reader.password),
        api=driver_settings(path, "postgresql", reader),
        ingest=driver_settings(path, "postgresql", writer),
    )


def create_sqlite(file: Path, keys: tuple[str, ...]) -> Database:
    """A new file, which both functions open."""
    terracotta.get_driver(str(file), provider="sqlite").create(keys)
    engine = sqlalchemy.create_engine(f"sqlite:///{file}", poolclass=sqlalchemy.NullPool)
    ingest.tables.metadata.create_all(engine)
    settings = {"TC_DRIVER_PATH": str(file), "TC_DRIVER_PROVIDER": "sqlite"}
    return Database(f"sqlite:///{file}", settings, settings)


def driver_settings(path: str, provider: str, role: Role) -> dict[str, str]:
    """How Terracotta is told of a database and its user."""
    return {
        "TC_DRIVER_PATH": path,
        "TC_DRIVER_PROVIDER": provider,
        "TC_SQL_USER": role.name,
        "TC_SQL_PASSWORD": role.password,
    }
