"""Both functions at work with the credentials of their roles, and nothing more: is it enough?"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.environment import api_environment, ingest_environment
from infra.functions import SET_UP
from infra.local.environment import extended
from infra.local.postgres import Postgres
from infra.local.proxy_event import Request, proxy_event
from infra.local.queue import sqs_event
from infra.local.workers import Workers
from infra.local.zappa_stage import load_stage
from infra.outputs import Outputs
from infra.probe import CLASSES, TILE, raster
from infra.remote_setup import RemoteSetUp
from infra.setup import set_up
from infra.stages import Stage, load_stages
from tests.conftest import KEYS
from tests.infra.conftest import REGION, Cloud, deploy, running_cloud
from tests.infra.function_environment import function_environment

API, INGEST = (load_stages()[name] for name in ("production", "production_ingest"))
DATABASE = "least_rights"
KEY = "categorical/S2/20181010/cloudmask.tif"


@pytest.fixture(scope="module")
def cloud(postgres: Postgres) -> Iterator[Cloud]:
    with running_cloud(DATABASE_URL=postgres.admin_url) as cloud:
        yield cloud
    postgres.drop_database(DATABASE)


@pytest.fixture(scope="module")
def outputs(cloud: Cloud) -> Outputs:
    """A stack with its database set up."""
    outputs = deploy(cloud, API.stack, DatabaseName=DATABASE)
    RemoteSetUp(
        cloud.client("secretsmanager"), lambda event: set_up(event[SET_UP]), outputs, KEYS
    ).run()
    return outputs


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("modules")
    (folder / "zappa_settings.py").write_text(load_stage(API.name, API.name).module)
    return folder


Environment = Callable[[Stage], dict[str, str]]


@pytest.fixture
def environment(cloud: Cloud, outputs: Outputs, modules: Path) -> Environment:
    """That of a function: as deployed, with the credentials of its role."""

    def environment(stage: Stage) -> dict[str, str]:
        ours = api_environment(outputs) if stage is API else ingest_environment(outputs)
        role = cloud.role(outputs.api_role_arn if stage is API else outputs.ingest_role_arn)
        deployed = {**ours, **stage.settings["aws_environment_variables"]}
        port = int(cloud.endpoint_url.rpartition(":")[2])
        return {
            **function_environment(deployed, port, REGION),
            **{name.upper(): value for name, value in role.items()},
            "PYTHONPATH": extended("PYTHONPATH", str(modules), os.pathsep),
        }

    return environment


def call(stage: Stage, environment: dict[str, str], event: Any) -> Any:
    """What the function answers, which is started for it."""
    workers = Workers(stage.settings["lambda_handler"], 1, environment)
    try:
        return workers.invoke(event, 60)
    finally:
        workers.stop()


@pytest.fixture
def upload(cloud: Cloud, outputs: Outputs) -> dict[str, Any]:
    """The event of an upload, as the queue has it."""
    s3, bucket = cloud.client("s3"), outputs.incoming_bucket
    classes = KEY.replace(".tif", ".categories.json")
    s3.put_object(Bucket=bucket, Key=classes, Body=json.dumps(CLASSES).encode())
    s3.put_object(Bucket=bucket, Key=KEY, Body=raster())
    received = cloud.sqs().receive_message(QueueUrl=outputs.queue_url, MaxNumberOfMessages=10)
    return sqs_event(received["Messages"], outputs.queue_arn)


def tile() -> dict[str, Any]:
    """The request for a tile of it."""
    path = f"/{API.name}/categorical/{KEY.removesuffix('.tif')}/{TILE.z}/{TILE.x}/{TILE.y}.png"
    event = proxy_event(Request("GET", path, (("Host", "api.example.com"),)), API.name)
    assert event
    return dict(event)


def test_their_rights_are_enough(
    cloud: Cloud, outputs: Outputs, environment: Environment, upload: dict[str, Any]
) -> None:
    ingestion, api = environment(INGEST), environment(API)
    with cloud.permissions_enforced():
        assert call(INGEST, ingestion, upload) == {"batchItemFailures": []}
        assert call(API, api, tile())["statusCode"] == 200
    reports = {"Bucket": outputs.published_bucket, "Key": f"reports/{KEY}.json"}
    report = cloud.client("s3").get_object(**reports)["Body"].read()
    assert json.loads(report)["status"] == "registered"


def test_without_rights_neither_works(
    cloud: Cloud, outputs: Outputs, environment: Environment, upload: dict[str, Any]
) -> None:
    """So it is their rights that the test above tries."""
    ingestion, api = environment(INGEST), environment(API)
    iam = cloud.client("iam")
    for arn, policy in ((outputs.ingest_role_arn, "Ingest"), (outputs.api_role_arn, "Api")):
        iam.delete_role_policy(RoleName=arn.rpartition("/")[2], PolicyName=policy)
    with cloud.permissions_enforced():
        failed = call(INGEST, ingestion, upload)["batchItemFailures"]
        assert call(API, api, tile())["statusCode"] == 503
    assert len(failed) == len(upload["Records"])
