"""An operator's day: the commands of docs/deploy.md, in their order, run against moto.

The package is a small one; the functions that it deploys run here (`tests.infra.lambda_runtime`),
with a real PostgreSQL. Each fixture is a step; the tests look at what it left behind.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from infra.environment import api_environment, function_environment, ingest_environment
from infra.local.aws import Resources
from infra.local.environment import extended
from infra.local.gateway import Gateway
from infra.local.postgres import Postgres
from infra.local.queue import Mapping
from infra.local.zappa_stage import load_stage
from infra.outputs import Outputs, read_outputs
from infra.package.site_packages import build
from infra.package.target import Target
from infra.stack import Stack
from infra.stages import ROOT, Stage, load_stages
from tests.infra.conftest import REGION, Cloud, running_cloud
from tests.infra.installed_index import InstalledIndex
from tests.infra.shell import Operator

Verify = Callable[[], list[dict[str, str]]]

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
def verify(operator: Operator, api: str) -> Verify:
    """`python -m infra verify`, which must succeed; its findings."""
    return lambda: list(json.loads(operator("python -m infra verify", "--url", api, "--json")))


@pytest.fixture(scope="module")
def verified(verify: Verify) -> list[dict[str, str]]:
    return verify()


@pytest.fixture(scope="module")
def uploaded(operator: Operator, verified: list[Any], cloud: Cloud) -> dict[str, Any]:
    """The report on an upload."""
    key = "categorical/S2/20181010/cloudmask.tif"
    operator(
        f'aws s3 cp cloudmask.tif "s3://$(python -m infra outputs --only IncomingBucket)/{key}"'
    )
    published = operator("python -m infra outputs", "--only", "PublishedBucket").strip()
    s3 = cloud.client("s3")
    waiter = s3.get_waiter("object_exists")
    report = {"Bucket": published, "Key": f"reports/{key}.json"}
    waiter.wait(**report, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return dict(json.loads(s3.get_object(**report)["Body"].read()))


@pytest.fixture(scope="module")
def behind_cloudfront(operator: Operator, uploaded: dict[str, Any]) -> list[str]:
    """The API's address without and with a domain, and what the domain has to point to."""
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b"
    operator("python -m infra stack --cloudfront")
    own = operator("python -m infra outputs --only CloudFrontUrl")
    operator(f"python -m infra stack --set Domain=tiles.example.com --set CertificateArn={arn}")
    operator("zappa update production")
    named = operator("python -m infra outputs", "--only", "CloudFrontUrl")
    return [own.strip(), named.strip(), operator("python -m infra outputs --only CloudFrontName")]


@pytest.fixture(scope="module")
def updated(operator: Operator, behind_cloudfront: list[str]) -> str:
    operator("python -m infra stack --no-cloudfront")
    operator("python -m infra stack --dry-run")
    operator("python -m infra stack")
    return operator("zappa update --all")


@pytest.fixture(scope="module")
def certified(operator: Operator, updated: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The domain that the API has besides, of which the clone's own settings say nothing."""
    domain = {
        "domain": "tiles.example.com",
        "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b",
        "route53_enabled": False,
    }
    file = tmp_path_factory.mktemp("domain") / "zappa_settings.json"
    file.write_text(json.dumps({API.name: {**API.settings, **domain}}))
    operator("zappa certify production --yes", "--settings_file", str(file))
    return json.loads(operator("aws apigateway get-domain-name --domain-name tiles.example.com"))


@pytest.fixture(scope="module")
def status(operator: Operator, certified: Any) -> str:
    return operator("zappa status production")


@pytest.fixture(scope="module")
def rotated(operator: Operator, status: str, verify: Verify) -> list[dict[str, str]]:
    """What is found once both passwords are new ones."""
    operator("python -m infra database --rotate")
    return verify()


@pytest.fixture(scope="module")
def rolled_back(operator: Operator, rotated: list[Any]) -> list[dict[str, Any]]:
    return list(json.loads(operator("python -m infra rollback", "--json")))


@pytest.fixture(scope="module")
def logs(operator: Operator, cloud: Cloud, rolled_back: list[Any]) -> list[str]:
    """What `zappa tail` shows of each function."""
    client, shown = cloud.client("logs"), []
    for stage in (API, INGEST):
        group = {"logGroupName": f"/aws/lambda/{stage.function}", "logStreamName": "a"}
        client.create_log_stream(**group)
        event = {"timestamp": int(time.time() - 60) * 1000, "message": f"a line of {stage.name}"}
        client.put_log_events(**group, logEvents=[event])
        shown.append(operator(f"zappa tail {stage.name} --since 1h --disable-keep-open"))
    return shown


@pytest.fixture(scope="module")
def exported(operator: Operator, logs: list[str]) -> str:
    """What `python -m ingest` says, once the shell knows the names of the installation."""
    export = 'eval "$(python -m infra outputs --export)"'
    both = [
        "python -m ingest replay",
        'python -m ingest backfill --all "s3://$INCOMING_BUCKET"',
    ]
    return operator.together(export, *both)


@pytest.fixture(scope="module")
def restored(operator: Operator, exported: str) -> str:
    """What the stack says of the database's snapshot."""
    cluster = '"$(python -m infra outputs --only DatabaseId)"'
    operator(
        "aws rds restore-db-cluster-to-point-in-time --source-db-cluster-identifier "
        f"{cluster} --db-cluster-identifier restored --restore-to-time 2026-01-31T12:00:00Z"
    )
    operator(
        "aws rds create-db-cluster-snapshot --db-cluster-identifier restored "
        "--db-cluster-snapshot-identifier before-the-accident"
    )
    restore_instance(operator)
    operator("python -m infra stack --set DeletionProtection=false")
    operator("python -m infra stack --set DatabaseSnapshot=before-the-accident --lose-data")
    operator("python -m infra stack --set DeletionProtection=true")
    stack = Stack(operator.cloud.client("cloudformation"), API.stack)
    return str(stack.parameter("DatabaseSnapshot"))


def restore_instance(operator: Operator) -> None:
    """As with Database=rds, for which an instance by the cluster's name stands."""
    cluster = operator("python -m infra outputs", "--only", "DatabaseId").strip()
    operator.cloud.client("rds").create_db_instance(
        DBInstanceIdentifier=cluster,
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
    )
    operator(
        "aws rds restore-db-instance-to-point-in-time --source-db-instance-identifier "
        '"$(python -m infra outputs --only DatabaseId)" --target-db-instance-identifier restored '
        "--restore-time 2026-01-31T12:00:00Z"
    )
    operator(
        "aws rds create-db-snapshot --db-instance-identifier restored "
        "--db-snapshot-identifier before-the-accident"
    )


@pytest.fixture(scope="module")
def undeployed(operator: Operator, restored: str) -> str:
    return operator("zappa undeploy --all --yes")


@pytest.fixture(scope="module")
def removed(operator: Operator, undeployed: str) -> str:
    operator("python -m infra stack --set DeletionProtection=false")
    return operator("python -m infra remove")


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
        "`python -m infra stack` creates it, with the installation's name behind it unless that is "
        "production"
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


def test_functions_are_tagged_as_the_rest_of_the_installation(cloud: Cloud, deployed: str) -> None:
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName=API.stack)["Stacks"]
    wanted = {each["Key"]: each["Value"] for each in stack["Tags"]}
    for each in (API, INGEST):
        tags = cloud.client("lambda").get_function(FunctionName=each.function)["Tags"]
        assert wanted.items() <= tags.items()


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


def test_the_gateway_may_call_the_tile_api_and_nothing_else(
    cloud: Cloud, deployed: str, outputs: Outputs
) -> None:
    """Zappa has it call the function in the function's own role."""
    template = cloud.client("cloudformation").get_template(StackName=API.function)["TemplateBody"]
    integrations = [
        each["Properties"]["Integration"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::ApiGateway::Method"
    ]
    assert {each["Credentials"] for each in integrations} == {outputs.api_role_arn}
    name = outputs.api_role_arn.rpartition("/")[2]
    role = cloud.client("iam").get_role(RoleName=name)["Role"]
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert "apigateway.amazonaws.com" in trusted["Principal"]["Service"]
    rights = cloud.client("iam").get_role_policy(RoleName=name, PolicyName="Api")["PolicyDocument"]
    allowed = [
        statement["Resource"]
        for statement in rights["Statement"]
        if statement["Effect"] == "Allow" and "lambda:InvokeFunction" in statement["Action"]
    ]
    assert allowed == [configuration(cloud, API)["FunctionArn"].removesuffix(":$LATEST")]


def test_two_packages_of_the_same_files_have_the_same_bytes(
    operator: Operator, deployed: str, tmp_path: Path
) -> None:
    zips = [tmp_path / f"{count}.zip" for count in range(2)]
    for path in zips:
        done = operator.run(f"zappa package production --output {path}")
        assert done.returncode == 0, done.stderr
    assert zips[0].read_bytes() == zips[1].read_bytes()


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


def test_deploying_again_passes_over_what_is_there(operator: Operator, deployed: str) -> None:
    """So the command may be repeated after it was cut off between two stages."""
    done = operator.run("zappa deploy --all")
    left_out = [line for line in done.stdout.splitlines() if line.startswith("Left out")]
    assert [line.split(":")[0].removeprefix("Left out ") for line in left_out] == [
        API.name,
        INGEST.name,
        "dev",
    ]
    assert f"{API.function} is there already" in left_out[0]
    assert done.returncode == 1  # nothing was deployed


# ---- in use ----


def test_a_raster_finds_its_way_through_what_was_deployed(verified: list[dict[str, str]]) -> None:
    states = {each["subject"]: each["state"] for each in verified}
    assert set(states.values()) == {"ok"}, verified
    assert "raster" in states


def test_an_upload_is_registered(uploaded: dict[str, Any]) -> None:
    assert uploaded["status"] in ("registered", "rejected")
    assert uploaded["keys"]["sensor"] == "S2"


def test_cloudfront_is_put_in_front(cloud: Cloud, behind_cloudfront: list[str]) -> None:
    own, named, name = behind_cloudfront
    assert own == f"https://{name.strip()}/production"
    assert named == "https://tiles.example.com/production"
    variables = configuration(cloud, API)["Environment"]["Variables"]
    assert variables["HANDLER_PUBLIC_URL"] == named


# ---- updated ----


def test_an_update_keeps_the_queue_open(cloud: Cloud, updated: str) -> None:
    assert updated.count("Your updated Zappa deployment is live!") == 2
    found = mapping(cloud)
    assert found["State"] == "Enabled"
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_an_update_forgets_what_settings_and_stack_say_no_more(
    cloud: Cloud, updated: str, outputs: Outputs
) -> None:
    variables = configuration(cloud, API)["Environment"]["Variables"]
    assert variables == function_environment(API, outputs)
    assert "HANDLER_PUBLIC_URL" not in variables  # of the CloudFront that was there


def test_the_api_has_a_domain_of_its_own(cloud: Cloud, certified: Any) -> None:
    assert certified["distributionDomainName"]
    gateway = cloud.client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    (mapped,) = gateway.get_base_path_mappings(domainName="tiles.example.com")["items"]
    assert (mapped["restApiId"], mapped["stage"]) == (api["id"], API.name)


def test_status_shows_what_is_deployed(cloud: Cloud, status: str) -> None:
    shown = status
    (api,) = cloud.client("apigateway").get_rest_apis()["items"]
    assert api["id"] in shown
    assert shown.count("Lambda Name") == 1


# ---- rolled back ----


def test_a_rollback_runs_the_package_before(
    cloud: Cloud, rolled_back: list[dict[str, Any]], outputs: Outputs
) -> None:
    client, s3 = cloud.client("lambda"), cloud.client("s3")
    for told in rolled_back:
        kept = s3.list_objects_v2(Bucket=outputs.deployment_bucket, Prefix=told["function"])
        packages = sorted(
            (each["Key"], each["Size"])
            for each in kept["Contents"]
            if re.fullmatch(rf"{told['function']}-\d+\.zip", each["Key"])
        )
        key, size = packages[-2]
        assert told["package"] == key
        found = client.get_function(FunctionName=told["function"])
        assert found["Tags"]["package"] == key
        assert found["Configuration"]["CodeSize"] == size


def test_both_functions_go_back_or_none(
    operator: Operator, cloud: Cloud, rolled_back: list[dict[str, Any]]
) -> None:
    before = configuration(cloud, API)["CodeSha256"]  # it has an older package, ingestion has none
    done = operator.run("python -m infra rollback")
    assert done.returncode == 1
    assert "there is no package older than" in done.stderr
    assert "nothing was changed" in done.stderr
    assert configuration(cloud, API)["CodeSha256"] == before


# ---- operated ----


def test_functions_go_on_with_new_passwords(rotated: list[dict[str, str]]) -> None:
    assert {each["subject"]: each["state"] for each in rotated}["raster"] == "ok"


def test_logs_are_shown(logs: list[str]) -> None:
    for stage, shown in zip((API, INGEST), logs, strict=True):
        assert f"a line of {stage.name}" in shown


def test_the_snapshot_stays_a_parameter(restored: str) -> None:
    assert restored == "before-the-accident"


def test_uploads_can_be_queued_again(exported: str) -> None:
    replayed, queued = exported.splitlines()
    assert replayed.startswith("0 replayed")  # nothing had failed
    assert queued.startswith("1 queued")


# ---- undeployed ----


def test_nothing_is_left_but_the_stack(cloud: Cloud, undeployed: str, outputs: Outputs) -> None:
    assert undeployed.count("Done!") == 2
    client = cloud.client("lambda")
    assert not client.list_functions()["Functions"]
    assert not client.list_event_source_mappings()["EventSourceMappings"]
    stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
    assert [each["StackName"] for each in stacks] == [API.stack]  # the API was in one of Zappa's


def test_the_data_outlives_the_stack(cloud: Cloud, removed: str, outputs: Outputs) -> None:
    assert not cloud.client("cloudformation").describe_stacks()["Stacks"]
    kept = {each["Name"] for each in cloud.client("s3").list_buckets()["Buckets"]}
    for bucket in (outputs.incoming_bucket, outputs.published_bucket, outputs.deployment_bucket):
        assert bucket in kept
        assert bucket in removed


# ---- the page ----


PAGE = (ROOT / "docs" / "deploy.md").read_text()
NOT_HERE = {  # and who tries it instead, if anybody
    "make package",  # tests/infra/package
    ". .venv/bin/activate",
    "export AWS_PROFILE=maps AWS_DEFAULT_REGION=eu-central-1",
    "git pull",
}


def test_every_command_of_the_page_was_run(operator: Operator, removed: str) -> None:
    blocks = re.findall(r"^```sh\n(.+?)^```$", PAGE, re.M | re.S)
    commands = {line for block in blocks for line in block.splitlines()}
    assert commands - set(operator.ran) == NOT_HERE
