import json
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa

from infra.errors import NotDeployed, SetUpFailed
from infra.functions import ingestion
from infra.local.postgres import Postgres
from infra.outputs import Outputs
from infra.remote_setup import Function, RemoteSetUp
from tests.conftest import KEYS, Database
from tests.infra.conftest import Cloud

Invoke = Callable[[dict[str, Any]], dict[str, Any]]


def through_json(event: dict[str, Any]) -> dict[str, Any]:
    """The ingestion function as Lambda would call it."""
    return dict(
        json.loads(json.dumps(ingestion.lambda_handler(json.loads(json.dumps(event)), None)))
    )


@pytest.fixture
def outputs(cloud: Cloud, database: Database) -> Outputs:
    """Outputs of a stack whose database is `database`, with three secrets."""
    url = sa.make_url(database.admin_url)
    logins = {
        "admin": (url.username, url.password),
        "reader": (database.reader.name, database.reader.password),
        "writer": (database.writer.name, database.writer.password),
    }
    secrets = cloud.client("secretsmanager")
    arns = {
        f"{name}_secret_arn": secrets.create_secret(
            Name=f"{database.name}-{name}",
            SecretString=json.dumps({"username": user, "password": password}),
        )["ARN"]
        for name, (user, password) in logins.items()
    }
    rest = dict.fromkeys(Outputs.__dataclass_fields__, "x")
    host = f"{url.host}:{url.port}"
    return Outputs(**{**rest, **arns, "database_admin_host": host, "database_name": database.name})


def remote(cloud: Cloud, outputs: Outputs, invoke: Invoke = through_json) -> RemoteSetUp:
    return RemoteSetUp(cloud.client("secretsmanager"), invoke, outputs, KEYS)


def login(cloud: Cloud, arn: str) -> dict[str, str]:
    answer = cloud.client("secretsmanager").get_secret_value(
        SecretId=arn, VersionStage="AWSCURRENT"
    )
    return dict(json.loads(answer["SecretString"]))


def connects(postgres: Postgres, database: str, user: str, password: str) -> bool:
    try:
        psycopg2.connect(postgres.url(database, user, password)).close()
    except psycopg2.OperationalError:
        return False
    return True


def test_the_set_up_is_repeatable(cloud: Cloud, outputs: Outputs) -> None:
    first = remote(cloud, outputs).run()
    assert "holds datasets by type, sensor, date, band" in first
    assert remote(cloud, outputs).run() == first


def test_rotation_changes_secret_and_database(
    cloud: Cloud, outputs: Outputs, postgres: Postgres, database: Database
) -> None:
    remote(cloud, outputs).run(rotate=True)
    for role, arn in (
        (database.reader, outputs.reader_secret_arn),
        (database.writer, outputs.writer_secret_arn),
    ):
        new = login(cloud, arn)
        assert new["username"] == role.name
        assert new["password"] != role.password
        assert connects(postgres, database.name, role.name, new["password"])
        assert not connects(postgres, database.name, role.name, role.password)


def test_a_rotation_that_fails_leaves_the_current_secret(
    cloud: Cloud, outputs: Outputs, postgres: Postgres, database: Database
) -> None:
    with pytest.raises(SetUpFailed, match="in use"):
        remote(cloud, outputs, lambda event: {"error": "in use"}).run(rotate=True)
    current = login(cloud, outputs.reader_secret_arn)
    assert current["password"] == database.reader.password
    assert connects(postgres, database.name, database.reader.name, current["password"])


def test_a_conflict_in_the_database_is_told(cloud: Cloud, outputs: Outputs) -> None:
    other = RemoteSetUp(cloud.client("secretsmanager"), through_json, outputs, ("a", "b"))
    with pytest.raises(SetUpFailed, match="nothing was changed"):
        other.run()


def test_an_error_of_the_function_is_told() -> None:
    class Lambda:
        """Answers as the service does when a function raised."""

        def get_function_configuration(self, **_: Any) -> dict[str, Any]:
            return {}

        def invoke(self, **_: Any) -> dict[str, Any]:
            import io

            payload = io.BytesIO(b'{"errorMessage": "timeout expired"}')
            return {"FunctionError": "Unhandled", "Payload": payload}

    with pytest.raises(SetUpFailed, match="ingest failed: timeout expired"):
        Function(Lambda(), "ingest")({})


def test_a_function_that_is_not_deployed_is_told(cloud: Cloud) -> None:
    with pytest.raises(NotDeployed, match="no function ingest: `zappa deploy`"):
        Function(cloud.client("lambda"), "ingest")({})
