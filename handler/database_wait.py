"""PostgreSQL connections on which no wait for the server is longer than some seconds.

libpq waits for an answer for as long as TCP tells it that the other side is alive, and a server
that hangs, or a proxy before one that is gone, is alive. psycopg2 lets a function of ours do the
waiting (https://www.psycopg.org/docs/advanced.html#support-for-coroutine-libraries); there is one
for the whole process, which leaves all other connections as they are. An error of it closes the
connection, so that the pool replaces it.
"""

import select
from functools import partial
from typing import Any

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, connection, set_wait_callback


class BoundedConnection(connection):
    """A connection whose every wait ends after `seconds`; `connecting` while it is being made."""

    def __init__(self, *arguments: Any, connecting: float, seconds: float) -> None:
        self.seconds = connecting
        super().__init__(*arguments)
        self.seconds = seconds


def bounded(
    connecting: float, seconds: float, kind: type[BoundedConnection] = BoundedConnection
) -> Any:
    """The `connection_factory` of such connections, which are of this kind."""
    set_wait_callback(_wait)
    return partial(kind, connecting=connecting, seconds=seconds)


def _wait(waiting: Any) -> None:
    """Returns once libpq has what it waits for. Raises OperationalError when that takes long."""
    seconds = getattr(waiting, "seconds", None)
    while (state := waiting.poll()) != POLL_OK:
        reading = [waiting] if state == POLL_READ else []
        writing = [waiting] if state == POLL_WRITE else []
        if not any(select.select(reading, writing, [], seconds)):
            raise psycopg2.OperationalError(f"no answer within {seconds:g} s")
