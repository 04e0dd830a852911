"""The database's user and password in Lambda: from Secrets Manager, kept, read anew when refused.

Everything in the process that connects calls `psycopg2.connect`, SQLAlchemy for Terracotta and
ingestion too, and gets ours, which adds the login. So neither password nor user is in the
function's environment, and a rotated password costs one more request, not a restart. Encryption
needs no code: libpq takes `PGSSLMODE` and `PGSSLROOTCERT` from the environment.
"""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg2

from infra.functions import SECRET_ARN
from infra.secrets_manager import read_secret

log = logging.getLogger(__name__)

Connect = Callable[..., Any]


@dataclass(frozen=True)
class Login:
    """A user of the database, by the names that psycopg2 has for them."""

    user: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, secret: str) -> "Login":
        """From the JSON that Secrets Manager keeps. Raises ValueError or KeyError."""
        parsed = json.loads(secret)
        return cls(user=parsed["username"], password=parsed["password"])

    def arguments(self) -> dict[str, str]:
        return {"user": self.user, "password": self.password}


class Secret:
    """A login that `fetch` gives as JSON; fetched once, and again by `renew`."""

    def __init__(self, fetch: Callable[[], str]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._login: Login | None = None

    def login(self) -> Login:
        """The login as last fetched."""
        with self._lock:
            if self._login is None:
                self._login = Login.parse(self._fetch())
            return self._login

    def renew(self, refused: Login) -> Login | None:
        """Another login than the one that was refused; None if there is none."""
        with self._lock:
            if self._login == refused:
                self._login = Login.parse(self._fetch())
            return None if self._login == refused else self._login


def install(secret: Secret) -> None:
    """From now on each connection of the process is made with this secret."""
    psycopg2.connect = partial(connect, secret, psycopg2.connect)


def connect(secret: Secret, plain: Connect, *arguments: Any, **options: Any) -> Any:
    """A new connection that `plain` makes, under the secret's login.

    One with a connection string or a user keeps its own: the administrator, who sets up the
    database. Whatever goes wrong is psycopg2's error, as if the database were away: all above know
    what to do then.
    """
    if any(arguments) or "user" in options:
        return plain(*arguments, **options)
    login = guarded(secret.login)
    try:
        return plain(**options, **login.arguments())
    except psycopg2.OperationalError:
        # libpq has no code for a refused password, so any failure is worth a look at the secret
        renewed = guarded(partial(secret.renew, login))
        if renewed is None:
            raise
        log.info("the database refused the password; trying the one that Secrets Manager has now")
        return plain(**options, **renewed.arguments())


def guarded(call: Callable[[], Any]) -> Any:
    """What `call` gives; its failure as an OperationalError, which holds no secret."""
    try:
        return call()
    except Exception as error:
        raise psycopg2.OperationalError(
            f"the database's password cannot be read: {type(error).__name__}"
        ) from error


@contextmanager
def installed_from_environment() -> Iterator[None]:
    """Install the secret that DATABASE_SECRET_ARN names, if any, and read it `meanwhile`."""
    arn = os.environ.get(SECRET_ARN)
    if not arn:  # as on one machine, where the password is in TC_SQL_PASSWORD
        yield
        return
    secret = Secret(partial(read_secret, arn))
    install(secret)
    with meanwhile(secret):
        yield


@contextmanager
def meanwhile(secret: Secret) -> Iterator[None]:
    """Read the secret while the caller imports what it needs.

    That is over when the block is: Lambda may freeze a function after its init phase, in the middle
    of an answer.
    """
    reading = threading.Thread(target=read_early, args=(secret,))
    reading.start()
    try:
        yield
    finally:
        reading.join()


def read_early(secret: Secret) -> None:
    """Read the secret; a failure now is left to the first connection, which tries again."""
    try:
        secret.login()
    except Exception as error:
        log.warning("the database's password cannot be read yet: %s", type(error).__name__)
