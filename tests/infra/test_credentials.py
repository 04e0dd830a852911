import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from infra.credentials import Login, Secret, install, meanwhile
from infra.database import Role, create_database
from infra.environment import database_environment
from infra.functions import SET_UP, ingestion
from infra.local.postgres import Postgres
from infra.outputs import Outputs
from infra.secrets_manager import read_secret
from infra.setup import SetUp, set_up
from tests.conftest import KEYS, Database
from tests.infra.conftest import Cloud
from tests.infra.tls import encrypted, make_authority


class Store:
    """A secret as Secrets Manager keeps it, and how often it was read."""

    def __init__(self, user: str, password: str) -> None:
        self.user, self.password, self.reads = user, password, 0

    def fetch(self) -> str:
        self.reads += 1
        return json.dumps({"username": self.user, "password": self.password})


Connect = Callable[[Secret], sa.Engine]


@pytest.fixture
def connect(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Installs a secret, which is forgotten at the end."""
    monkeypatch.setattr(psycopg2, "connect", psycopg2.connect)
    engines = []

    def connect(secret: Secret) -> sa.Engine:
        install(secret)
        engines.append(sa.create_engine(sqlalchemy_url(database.path), poolclass=sa.NullPool))
        return engines[-1]

    yield connect
    for engine in engines:
        engine.dispose()


def sqlalchemy_url(path: str) -> str:
    return path.replace("postgresql://", "postgresql+psycopg2://")


def user_of(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(sa.text("SELECT current_user")).scalar_one())


def test_the_secret_is_read_once_for_all_connections(database: Database, connect: Connect) -> None:
    store = Store(database.reader.name, database.reader.password)
    engine = connect(Secret(store.fetch))
    assert user_of(engine) == user_of(engine) == database.reader.name
    assert store.reads == 1


def test_a_rotated_password_is_read_when_the_old_one_is_refused(
    database: Database, connect: Connect
) -> None:
    store = Store(database.reader.name, database.reader.password)
    engine = connect(Secret(store.fetch))
    user_of(engine)
    store.password = "rotated"
    create_database(
        database.admin_url, KEYS, Role(database.reader.name, "rotated"), database.writer
    )
    assert user_of(engine) == database.reader.name
    assert store.reads == 2


def test_a_password_that_stays_wrong_is_the_databases_refusal(
    database: Database, connect: Connect
) -> None:
    engine = connect(Secret(Store(database.reader.name, "wrong").fetch))
    with pytest.raises(OperationalError, match="password authentication failed"):
        user_of(engine)


def test_an_unreadable_secret_looks_as_if_the_database_were_away(connect: Connect) -> None:
    def broken() -> str:
        raise TimeoutError("secret-value")

    with pytest.raises(OperationalError, match="cannot be read: TimeoutError") as error:
        user_of(connect(Secret(broken)))
    assert "secret-value" not in str(error.value)


def test_a_secret_read_meanwhile_is_at_hand_after() -> None:
    began, store = threading.Event(), Store("reader", "x")

    def fetch() -> str:
        began.set()
        return store.fetch()

    secret = Secret(fetch)
    with meanwhile(secret):
        assert began.wait(10)  # nobody has asked for the login
    assert store.reads == 1
    assert secret.login() == Login("reader", "x")
    assert store.reads == 1


def test_a_secret_that_cannot_be_read_meanwhile_is_read_later() -> None:
    answers = ["no JSON", Store("reader", "x").fetch()]
    secret = Secret(lambda: answers.pop(0))
    with meanwhile(secret):
        pass
    assert secret.login() == Login("reader", "x")


def test_a_url_with_a_user_keeps_its_own(database: Database, connect: Connect) -> None:
    connect(Secret(Store("nobody", "").fetch))
    engine = sa.create_engine(sqlalchemy_url(database.writer_url), poolclass=sa.NullPool)
    assert user_of(engine) == database.writer.name
    with closing(psycopg2.connect(database.writer_url)) as connection:
        assert connection.info.user == database.writer.name


def test_secrets_manager_gives_the_login(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    arn = cloud.client("secretsmanager").create_secret(
        Name="login", SecretString='{"username": "terracotta_reader", "password": "x"}'
    )["ARN"]
    secret = Secret(partial(read_secret, arn))
    assert secret.login() == Login("terracotta_reader", "x")
    assert "x" not in repr(secret.login()).replace("terracotta_reader", "")


# ---- TLS ----


@pytest.fixture
def tls(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The functions' environment, but for the authority, which is made in the folder that returns.

    The database comes first (and goes last), for it is set up without TLS.
    """
    names = dict.fromkeys(Outputs.__dataclass_fields__, "x")
    for name, value in database_environment(Outputs(**names)).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PGSSLROOTCERT", str(make_authority(tmp_path)))
    return tmp_path


def through(port: int, host: str, database: Database) -> str:
    url = sa.make_url(sqlalchemy_url(database.reader_url)).set(host=host, port=port)
    return user_of(sa.create_engine(url, poolclass=sa.NullPool))


def test_a_server_with_the_right_certificate_is_trusted(
    tls: Path, postgres: Postgres, database: Database
) -> None:
    with encrypted(postgres.port, tls / "server.pem") as port:
        assert through(port, "localhost", database) == database.reader.name


def test_a_server_under_another_name_is_not(
    tls: Path, postgres: Postgres, database: Database
) -> None:
    with (
        encrypted(postgres.port, tls / "server.pem") as port,
        pytest.raises(OperationalError, match="does not match host name"),
    ):
        through(port, "127.0.0.1", database)


def test_a_server_of_an_unknown_authority_is_not(
    tls: Path, postgres: Postgres, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    make_authority(other, "another authority")
    with (
        encrypted(postgres.port, other / "server.pem") as port,
        pytest.raises(OperationalError, match="certificate verify failed"),
    ):
        through(port, "localhost", database)


def test_a_server_without_tls_is_not(tls: Path, postgres: Postgres, database: Database) -> None:
    with pytest.raises(OperationalError, match="does not support SSL"):
        through(postgres.port, "localhost", database)


# ---- set-up from within the network ----


def test_one_call_of_the_ingestion_function_sets_the_database_up(postgres: Postgres) -> None:
    url = sa.make_url(postgres.fresh_database())
    assert url.username
    assert url.database
    wanted = SetUp(
        host=f"{url.host}:{url.port}",
        database=url.database,
        keys=KEYS,
        admin=Login(url.username, str(url.password)),
        reader=Login(f"{url.database}_reader", "r"),
        writer=Login(f"{url.database}_writer", "w"),
    )
    event = json.loads(json.dumps({SET_UP: wanted.to_event()}))
    for _ in range(2):  # repeatable
        answer = ingestion.lambda_handler(event, None)
        assert "holds datasets by type, sensor, date, band" in answer["done"]
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg2", username=wanted.reader.user, password="r")
    )
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM datasets")).scalar_one() == 0
    engine.dispose()


def test_a_database_with_other_keys_is_left_alone(database: Database) -> None:
    url = sa.make_url(database.admin_url)
    logins = [Login(role.name, role.password) for role in (database.reader, database.writer)]
    admin = Login(str(url.username), str(url.password))
    wanted = SetUp(f"{url.host}:{url.port}", str(url.database), ("other",), admin, *logins)
    assert "nothing was changed" in set_up(wanted.to_event())["error"]
