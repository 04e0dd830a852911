"""An operator's day: the commands of docs/deploy.md, in their order, run against moto.

The package is a small one; the functions that it deploys run here (`tests.infra.lambda_runtime`),
with a real PostgreSQL. Each fixture is a step; the tests look at what it left behind.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from infra.environment import api_environment, ingest_environment
from infra.local.aws import Resources
from infra.local.environment import extended
from infra.local.gateway import Gateway
from infra.local.postgres import Postgres
from infra.local.queue import Mapping
from infra.local.zappa_stage import load_stage
from infra.outputs import Outputs, read_outputs
from infra.package.site_packages import build
from infra.package.target import Target
from infra.stages import ROOT, Stage, load_stages
from tests.infra.conftest import REGION, Cloud, running_cloud
from tests.infra.installed_index import InstalledIndex
from tests.infra.shell import Operator

STAGES = load_stages()
API, INGEST = STAGES["production"], STAGES["production_ingest"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared packages, in which a few distributions stand for all."""
    folder = tmp_path_factory.mktemp("cache")
    target = Target(API.runtime, API.architecture)
    environment = build(target, folder, InstalledIndex(frozenset(("zappa", "certifi"))))
    assert environment.site_packages.exists()
    return folder


@pytest.fixture(scope="module")
def cloud(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An empty account, in which clusters are our PostgreSQL."""
    modules = tmp_path_factory.mktemp("modules")
    (modules / "zappa_settings.py").write_text(load_stage(API.name, API.name).module)
    path = extended("PYTHONPATH", str(modules), ":")
    with running_cloud(DATABASE_URL=postgres.admin_url, PYTHONPATH=path) as cloud:
        yield cloud
    postgres.drop_database("terracotta")


@pytest.fixture(scope="module")
def operator(cloud: Cloud, cache: Path) -> Operator:
    return Operator(cloud, cache)


@pytest.fixture(scope="module")
def outputs(cloud: Cloud, operator: Operator) -> Outputs:
    """Production has a stack, dev has none."""
    operator("python -m infra stack --set AlarmEmail=maps@example.com")
    operator("python -m infra stack --set ApiConcurrency=50 --set IngestConcurrency=20")
    return read_outputs(cloud.client("cloudformation"), API.stack)


@pytest.fixture(scope="module")
def checked(operator: Operator, outputs: Outputs) -> str:
    return operator("python -m infra check")


@pytest.fixture(scope="module")
def deployed(operator: Operator, checked: str) -> str:
    return operator("zappa deploy --all")


@pytest.fixture(scope="module")
def set_up(operator: Operator, deployed: str) -> str:
    return operator("python -m infra database")


@pytest.fixture(scope="module")
def api(cloud: Cloud, set_up: str, outputs: Outputs) -> Iterator[str]:
    """What AWS does between queue, functions and the world; the tile API's address."""

    def call(stage: Stage) -> Any:
        client = cloud.client("lambda")

        def invoke(event: Any, timeout: float) -> Any:
            answer = client.invoke(FunctionName=stage.function, Payload=json.dumps(event).encode())
            return json.loads(answer["Payload"].read())

        return invoke

    resources = Resources(
        outputs.incoming_bucket,
        outputs.published_bucket,
        outputs.queue_url,
        outputs.dead_letter_queue_url,
    )
    mapping = Mapping(cloud, resources, call(INGEST))
    with Gateway(0, API.name) as gateway, ExitStack() as running:
        running.callback(mapping.stop)
        mapping.start(1)
        gateway.serve(call(API))
        yield gateway.url


@pytest.fixture(scope="module")
def verified(operator: Operator, api: str) -> list[dict[str, str]]:
    return list(json.loads(operator("python -m infra verify", "--url", api, "--json")))


@pytest.fixture(scope="module")
def updated(operator: Operator, verified: list[Any]) -> str:
    return operator("zappa update --all")


@pytest.fixture(scope="module")
def rolled_back(operator: Operator, updated: str) -> list[dict[str, Any]]:
    return list(json.loads(operator("python -m infra rollback", "--json")))


@pytest.fixture(scope="module")
def undeployed(operator: Operator, rolled_back: list[Any]) -> str:
    return operator("zappa undeploy --all --yes")


def configuration(cloud: Cloud, stage: Stage) -> dict[str, Any]:
    return dict(cloud.client("lambda").get_function_configuration(FunctionName=stage.function))


def mapping(cloud: Cloud) -> dict[str, Any]:
    arn = configuration(cloud, INGEST)["FunctionArn"]
    client = cloud.client("lambda")
    (found,) = client.list_event_source_mappings(FunctionName=arn)["EventSourceMappings"]
    return dict(found)


# ---- before a stack is there ----


def test_without_a_stack_one_sentence_says_what_to_do(operator: Operator) -> None:
    done = operator.run("zappa deploy dev")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        f"Error: there is no stack terracotta-categorical-dev-base in {REGION}: "
        "`python -m infra stack` creates it"
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert not operator.cloud.client("lambda").list_functions()["Functions"]


def test_without_the_right_to_see_the_stack_the_right_is_named(
    operator: Operator, cloud: Cloud
) -> None:
    key = cloud.user("powerless")
    environment = {
        "AWS_ACCESS_KEY_ID": key["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": key["aws_secret_access_key"],
    }
    with cloud.permissions_enforced():
        done = Operator(cloud, operator.cache, environment).run("zappa deploy dev")
    assert done.returncode == 1
    assert "they need the right cloudformation:DescribeStacks" in done.stderr


# ---- deployed ----


def test_an_installation_without_a_stack_is_left_out_of_all(deployed: str) -> None:
    left_out = [line.split(":")[0] for line in deployed.splitlines() if line.startswith("Left out")]
    assert left_out == ["Left out dev", "Left out dev_ingest"]


@pytest.mark.parametrize("stage", [API, INGEST], ids=lambda stage: stage.name)
def test_the_functions_are_what_the_settings_promise(
    cloud: Cloud, deployed: str, stage: Stage
) -> None:
    found, promised = configuration(cloud, stage), stage.settings
    assert found["Handler"] == promised["lambda_handler"]
    assert found["Runtime"] == promised["runtime"]
    assert found["Architectures"] == [promised["architecture"]]
    assert found["Timeout"] == promised["timeout_seconds"]
    assert found["MemorySize"] == promised["memory_size"]
    assert found["EphemeralStorage"] == promised.get("ephemeral_storage", {"Size": 512})
    assert found["Description"] == promised["lambda_description"]


def test_roles_network_and_environment_come_from_the_stack(
    cloud: Cloud, deployed: str, outputs: Outputs
) -> None:
    for stage, role, environment in (
        (API, outputs.api_role_arn, api_environment(outputs)),
        (INGEST, outputs.ingest_role_arn, ingest_environment(outputs)),
    ):
        found = configuration(cloud, stage)
        assert found["Role"] == role
        assert found["VpcConfig"]["SubnetIds"] == outputs.subnet_ids.split(",")
        assert found["VpcConfig"]["SecurityGroupIds"] == [outputs.security_group_id]
        assert found["Environment"]["Variables"] == {
            **environment,
            **stage.settings["aws_environment_variables"],
        }


def test_no_password_is_in_the_environment(cloud: Cloud, deployed: str, outputs: Outputs) -> None:
    secrets = cloud.client("secretsmanager")
    for stage, arn in ((API, outputs.reader_secret_arn), (INGEST, outputs.writer_secret_arn)):
        password = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])["password"]
        assert password not in json.dumps(configuration(cloud, stage), default=str)


def test_concurrency_is_bounded_as_the_stack_says(cloud: Cloud, deployed: str) -> None:
    client = cloud.client("lambda")
    reserved = client.get_function_concurrency(FunctionName=API.function)
    assert reserved["ReservedConcurrentExecutions"] == 50
    assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(
        FunctionName=INGEST.function
    )


def test_single_failures_of_a_batch_are_reported(
    cloud: Cloud, deployed: str, outputs: Outputs
) -> None:
    found = mapping(cloud)
    assert found["EventSourceArn"] == outputs.queue_arn
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert found["ScalingConfig"] == {"MaximumConcurrency": 20}
    assert found["State"] == "Enabled"


def test_the_api_is_regional_passes_bytes_and_leaves_them_alone(
    cloud: Cloud, deployed: str
) -> None:
    gateway = cloud.client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    assert api["name"] == API.function
    template = cloud.client("cloudformation").get_template(StackName=API.function)["TemplateBody"]
    properties = template["Resources"]["Api"]["Properties"]
    assert properties["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert len(api["binaryMediaTypes"]) == 1  # moto forgets which, "*/*"
    assert not api.get("minimumCompressionSize")
    (stage,) = gateway.get_stages(restApiId=api["id"])["item"]
    assert stage["stageName"] == "production"
    assert f"https://{api['id']}.execute-api.{REGION}.amazonaws.com/production" in deployed


def test_packages_are_kept_in_the_stacks_bucket(
    cloud: Cloud, deployed: str, outputs: Outputs
) -> None:
    kept = cloud.client("s3").list_objects_v2(Bucket=outputs.deployment_bucket)["Contents"]
    assert sorted(each["Key"].rsplit("-", 1)[0] for each in kept) == [
        API.function,
        INGEST.function,
    ]


def test_the_clone_stays_clean(deployed: str) -> None:
    assert not list(ROOT.glob("*.zip"))
    assert not list(ROOT.glob("*-template-*.json"))


# ---- in use ----


def test_a_raster_finds_its_way_through_what_was_deployed(verified: list[dict[str, str]]) -> None:
    states = {each["subject"]: each["state"] for each in verified}
    assert states.pop("alarms") == "warning"  # moto asks nobody to confirm
    assert set(states.values()) == {"ok"}, verified
    assert "raster" in states


# ---- updated ----


def test_an_update_keeps_the_queue_open(cloud: Cloud, updated: str) -> None:
    assert updated.count("Your updated Zappa deployment is live!") == 2
    found = mapping(cloud)
    assert found["State"] == "Enabled"
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_status_shows_what_is_deployed(operator: Operator, cloud: Cloud, updated: str) -> None:
    shown = operator("zappa status --all")
    (api,) = cloud.client("apigateway").get_rest_apis()["items"]
    assert api["id"] in shown
    assert shown.count("Lambda Name") == 2


# ---- rolled back ----


def test_a_rollback_runs_the_package_before(
    cloud: Cloud, rolled_back: list[dict[str, Any]], outputs: Outputs
) -> None:
    client, s3 = cloud.client("lambda"), cloud.client("s3")
    for told in rolled_back:
        kept = s3.list_objects_v2(Bucket=outputs.deployment_bucket, Prefix=told["function"])
        of_function = [
            each
            for each in kept["Contents"]
            if each["Key"].removeprefix(told["function"] + "-")[0].isdigit()
        ]
        oldest = min(of_function, key=lambda each: each["Key"])
        assert told["package"] == oldest["Key"]
        found = client.get_function(FunctionName=told["function"])
        assert found["Tags"]["package"] == oldest["Key"]
        assert found["Configuration"]["CodeSize"] == oldest["Size"]


def test_there_is_nothing_before_the_first_package(
    operator: Operator, rolled_back: list[dict[str, Any]]
) -> None:
    done = operator.run("python -m infra rollback")
    assert done.returncode == 1
    assert "there is no package older than" in done.stderr


# ---- undeployed ----


def test_nothing_is_left_but_the_stack(cloud: Cloud, undeployed: str, outputs: Outputs) -> None:
    assert undeployed.count("Done!") == 2
    client = cloud.client("lambda")
    assert not client.list_functions()["Functions"]
    assert not client.list_event_source_mappings()["EventSourceMappings"]
    stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
    assert [each["StackName"] for each in stacks] == [API.stack]  # the API was in one of Zappa's
