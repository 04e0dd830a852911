"""Connections to PostgreSQL, for our own reading and for Terracotta's.

Our endpoints need two statements of psycopg2. SQLAlchemy, whose import is a fifth of a cold start,
is left to Terracotta's endpoints, and takes its connections from here, so that a process that
serves one request at a time holds one connection.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg2
import terracotta
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection

from handler.database import Row
from handler.database_wait import BoundedConnection, bounded
from handler.errors import DatabaseUnavailable
from handler.settings import Settings

IDLE = 2  # Terracotta takes a second one to reflect tables while it holds one


class Connections:
    """A pool of connections with these `options` of libpq, each checked before it is used again.

    No wait for the server is longer than `seconds`, while a connection is made `connecting`.
    Nothing here keeps a statement from writing: the user is to be given SELECT and nothing else.
    """

    def __init__(self, options: Mapping[str, Any], connecting: float, seconds: float) -> None:
        # A connection that a NAT gateway forgot would else hang for ever.
        self._options = {**options, "tcp_user_timeout": round(seconds * 1000)}
        self._factory = bounded(connecting, seconds, _Pooled)
        self._idle: deque[_Pooled] = deque()

    def read(self, statement: str, values: Sequence[Any]) -> Sequence[Row]:
        """All rows that `statement` finds. Raises DatabaseUnavailable."""
        try:
            with closing(self.take()) as connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                rows: Sequence[Row] = cursor.fetchall()
        except psycopg2.Error as error:
            raise DatabaseUnavailable("the database does not answer") from error
        return rows

    def take(self) -> connection:
        """A connection, whose `close` brings it back. Raises psycopg2.OperationalError."""
        with suppress(IndexError):
            idle = self._idle.pop()
            if idle.answers():
                return idle
            idle.end()
            while True:  # what cut one has cut the others
                self._idle.pop().end()
        return self._new()

    def _new(self) -> "_Pooled":
        new: _Pooled = psycopg2.connect(connection_factory=self._factory, **self._options)
        new.autocommit = True  # spares BEGIN and ROLLBACK around each statement
        new.pool = self
        return new

    def keep(self, connection: "_Pooled") -> bool:
        """Takes an idle connection back, unless there are enough."""
        kept = len(self._idle) < IDLE
        if kept:
            self._idle.append(connection)
        return kept


class _Pooled(BoundedConnection):
    """A connection that goes back into its pool when it is closed, if nothing is wrong with it."""

    pool: Connections | None = None

    def close(self) -> None:
        at_rest = self.info.transaction_status == TRANSACTION_STATUS_IDLE
        if not (at_rest and self.pool and self.pool.keep(self)):
            self.end()

    def end(self) -> None:
        """Really close it."""
        super().close()

    def answers(self) -> bool:
        """Whether the server is still there."""
        try:
            with self.cursor() as cursor:
                cursor.execute("SELECT 1")
        except psycopg2.Error:
            return False
        return True


def connections(settings: Settings) -> Connections:
    """For the database that TC_DRIVER_PATH names. Raises DatabaseUnavailable if it names none."""
    options = terracotta.get_settings()
    try:
        login = {"user": options.SQL_USER, "password": options.SQL_PASSWORD}
        parsed = parse_path(options.DRIVER_PATH)
    except ValueError as error:
        raise DatabaseUnavailable("the database cannot be opened") from error
    return Connections(
        {name: value for name, value in {**login, **parsed}.items() if value},
        options.DB_CONNECTION_TIMEOUT,
        settings.database_timeout,
    )


def parse_path(path: str) -> dict[str, Any]:
    """The options of libpq in a URL, which may lack the scheme, as Terracotta reads it.

    Raises ValueError.
    """
    url = urlsplit(path if "//" in path else f"//{path}")
    database = url.path[1:]
    if url.scheme not in ("", "postgresql") or not database or "/" in database.strip("/"):
        raise ValueError("TC_DRIVER_PATH is to be postgresql://host:port/database")
    login = {"user": url.username, "password": url.password}
    return {
        "host": url.hostname,
        "port": url.port,
        "dbname": database,
        **{name: value for name, value in login.items() if value},
        **dict(parse_qsl(url.query)),
    }
