import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from threading import Thread
from typing import Any

import pytest
import rasterio
from PIL import Image

from infra.account import Account
from infra.environment import api_environment, ingest_environment
from infra.errors import ProbeFailed
from infra.findings import Finding
from infra.outputs import Outputs
from infra.probe import COLOR, INSIDE, Probe, raster
from infra.stages import Stage, load_stages
from infra.verify import Verification, domain_url
from tests.infra.conftest import Cloud, account_of, deploy

STAGES = load_stages()
NAME = "tverify"
API = Stage(NAME, STAGES["production"].settings)
INGEST = Stage(f"{NAME}_ingest", STAGES["production_ingest"].settings)


@pytest.fixture
def account(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Account:
    return account_of(cloud, monkeypatch)


@pytest.fixture(scope="module")
def outputs(cloud: Cloud) -> Outputs:
    return deploy(cloud, API.stack, Stage=NAME)


@pytest.fixture
def functions(cloud: Cloud, outputs: Outputs) -> Iterator[Any]:
    """Lambda, with both functions as promised and the queue's mapping; gone after the test."""
    client = cloud.client("lambda")
    create(client, API, outputs.api_role_arn, api_environment(outputs), outputs)
    create(client, INGEST, outputs.ingest_role_arn, ingest_environment(outputs), outputs)
    mapping = client.create_event_source_mapping(
        FunctionName=arn(client),
        EventSourceArn=outputs.queue_arn,
        BatchSize=5,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": int(outputs.ingest_concurrency)},
    )
    yield client
    client.delete_event_source_mapping(UUID=mapping["UUID"])
    for stage in (API, INGEST):
        client.delete_function(FunctionName=stage.function)


def create(
    client: Any, stage: Stage, role: str, environment: dict[str, str], outputs: Outputs
) -> None:
    settings = stage.settings
    variables = {**environment, **settings["aws_environment_variables"]}
    client.create_function(
        FunctionName=stage.function,
        Role=role,
        Runtime=stage.runtime,
        Architectures=[stage.architecture],
        Handler=settings["lambda_handler"],
        MemorySize=settings["memory_size"],
        Timeout=settings["timeout_seconds"],
        Environment={"Variables": variables},
        VpcConfig={
            "SubnetIds": outputs.subnet_ids.split(","),
            "SecurityGroupIds": [outputs.security_group_id],
        },
        Code={"ZipFile": b"x"},
        **({"EphemeralStorage": settings["ephemeral_storage"]} if stage is INGEST else {}),
    )


def arn(client: Any) -> str:
    """Ingestion's; moto finds mappings by it only."""
    return str(client.get_function_configuration(FunctionName=INGEST.function)["FunctionArn"])


def found(account: Account) -> dict[str, Finding]:
    """What is found, without a probe."""
    findings = Verification(account, (API, INGEST)).findings(probe=False)
    return {each.subject: each for each in findings}


def test_what_is_as_promised_is_ok(account: Account, functions: Any) -> None:
    states = {subject: each.state for subject, each in found(account).items()}
    assert states == {
        "tile API": "ok",
        "ingestion": "ok",
        "mapping": "ok",
        "notification": "ok",
        "alarms": "warning",  # nobody has subscribed
    }


def test_what_is_not_deployed_is_named_with_the_command(account: Account, outputs: Outputs) -> None:
    for subject, stage in (("tile API", API), ("ingestion", INGEST)):
        finding = found(account)[subject]
        assert finding.state == "failed"
        assert finding.text.endswith(f"`zappa deploy {stage.name}`")
    assert found(account)["mapping"].state == "failed"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("MemorySize", {"MemorySize": 512}),
        ("Timeout", {"Timeout": 3}),
        ("Handler", {"Handler": "handler.lambda_handler"}),
        ("Runtime", {"Runtime": "python3.11"}),
        ("Environment", {"Environment": {"Variables": {"TC_SQL_PASSWORD": "x"}}}),
        ("VpcConfig", {"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}}),
        ("Role", {"Role": "arn:aws:iam::123456789012:role/another"}),
    ],
)
def test_a_function_that_somebody_changed_is_told(
    account: Account, functions: Any, name: str, change: dict[str, Any]
) -> None:
    functions.update_function_configuration(FunctionName=API.function, **change)
    finding = found(account)["tile API"]
    assert finding.state == "failed"
    assert f"differs in {name} from" in finding.text
    assert f"`zappa update {NAME}`" in finding.text


def test_a_function_with_less_disk_than_the_settings_promise_is_told(
    account: Account, functions: Any
) -> None:
    larger = Stage(NAME, {**API.settings, "ephemeral_storage": {"Size": 1024}})
    finding = Verification(account, (larger, INGEST)).findings(probe=False)[0]
    assert finding.state == "failed"
    assert "differs in EphemeralStorage from" in finding.text


def test_executions_that_the_stack_does_not_reserve_are_told(
    account: Account, functions: Any
) -> None:
    name = API.function
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=7)
    finding = found(account)["tile API"]
    assert finding.state == "failed"
    assert "differs in ReservedConcurrentExecutions from" in finding.text


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"FunctionResponseTypes": []}, "no ReportBatchItemFailures"),
        ({"Enabled": False}, "the mapping is Disabled"),
        ({"ScalingConfig": {"MaximumConcurrency": 2}}, "the stack's IngestConcurrency is 10"),
    ],
)
def test_a_mapping_that_loses_or_holds_uploads_is_told(
    account: Account, functions: Any, change: dict[str, Any], fault: str
) -> None:
    (mapping,) = functions.list_event_source_mappings(FunctionName=arn(functions))[
        "EventSourceMappings"
    ]
    functions.update_event_source_mapping(UUID=mapping["UUID"], **change)
    finding = found(account)["mapping"]
    assert finding.state == "failed"
    assert fault in finding.text


def test_a_bucket_that_tells_nothing_is_told(
    account: Account, cloud: Cloud, outputs: Outputs
) -> None:
    s3, bucket = cloud.client("s3"), outputs.incoming_bucket
    before = s3.get_bucket_notification_configuration(Bucket=bucket)
    only_created = {
        "QueueConfigurations": [{"QueueArn": outputs.queue_arn, "Events": ["s3:ObjectCreated:*"]}]
    }
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=only_created)
    finding = found(account)["notification"]
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": before["QueueConfigurations"]},
    )
    assert finding.state == "failed"
    assert "s3:ObjectRemoved:*" in finding.text


def test_somebody_who_hears_alarms_is_counted(
    account: Account, cloud: Cloud, outputs: Outputs
) -> None:
    sns = cloud.client("sns")
    queue = {"Protocol": "sqs", "Endpoint": outputs.dead_letter_queue_arn}
    arn = sns.subscribe(TopicArn=outputs.alarm_topic_arn, **queue)["SubscriptionArn"]
    finding = found(account)["alarms"]
    sns.unsubscribe(SubscriptionArn=arn)
    assert (finding.state, finding.text) == ("ok", "1 subscribed")


def test_an_api_that_zappa_did_not_make_is_asked_for(account: Account, functions: Any) -> None:
    finding = Verification(account, (API, INGEST)).findings()[-1]
    assert (finding.subject, finding.state) == ("raster", "failed")
    assert f"`zappa deploy {NAME}`" in finding.text


def test_an_api_with_a_domain_is_asked_there() -> None:
    assert domain_url(API) is None
    named = Stage(NAME, {**API.settings, "domain": "tiles.example.com"})
    assert domain_url(named) == "https://tiles.example.com"
    below = Stage(NAME, {**named.settings, "base_path": "maps"})
    assert domain_url(below) == "https://tiles.example.com/maps"


# ---- the probe ----


@pytest.fixture
def site() -> Iterator["Site"]:
    """A web server that answers every request with the same picture."""
    server = Site(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Site(HTTPServer):
    status, body = 200, b""
    paths: tuple[str, ...] = ()


class Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.paths += (self.path,)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: Any) -> None:
        pass


def picture(color: str) -> bytes:
    file = BytesIO()
    Image.new("RGBA", (256, 256), f"#{color}").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def probe(cloud: Cloud, outputs: Outputs, site: Site) -> Probe:
    return Probe(
        s3=cloud.client("s3"),
        incoming=outputs.incoming_bucket,
        published=outputs.published_bucket,
        api=f"http://127.0.0.1:{site.server_port}/production",
        pattern="{type}/{sensor}/{date}/{band}.tif",
        type_key="type",
        categorical_type="categorical",
        patience=0,
    )


def report(probe: Probe, **content: Any) -> None:
    body = json.dumps(content).encode()
    probe.s3.put_object(Bucket=probe.published, Key=f"reports/{probe.object_key}.json", Body=body)


def uploads(probe: Probe) -> list[str]:
    found = probe.s3.list_objects_v2(Bucket=probe.incoming).get("Contents", [])
    return [each["Key"] for each in found]


def test_the_raster_of_the_probe_is_an_ordinary_upload() -> None:
    with rasterio.MemoryFile(raster()) as file, file.open() as dataset:
        assert dataset.driver == "GTiff"
        assert dataset.crs.to_epsg() == 4326
        assert dataset.read(1).min() == dataset.read(1).max() == 1
    assert all(0 < place < 255 for place in INSIDE)


def test_keys_follow_the_pattern(probe: Probe) -> None:
    assert probe.keys == ["categorical", "infra-verify", "infra-verify", "infra-verify"]
    assert probe.object_key == "categorical/infra-verify/infra-verify/infra-verify.tif"


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (200, picture("FF0000"), "where the class has the colour"),
        (502, b'{"message": "Internal server error"}', "answered 502"),
        (200, b"<html>", "is no picture"),
    ],
)
def test_a_tile_that_is_wrong_is_told_and_the_upload_removed(
    probe: Probe, site: Site, status: int, body: bytes, fault: str
) -> None:
    report(probe, status="registered")
    site.status, site.body = status, body
    with pytest.raises(ProbeFailed, match=fault):
        probe.run()
    assert uploads(probe) == []


def test_a_raster_that_is_rejected_says_why(probe: Probe) -> None:
    report(probe, status="rejected", error={"code": "NoClasses", "message": "no class file"})
    with pytest.raises(ProbeFailed, match=r"was rejected: .*no class file"):
        probe.run()
    assert uploads(probe) == []


def test_a_report_that_never_comes_is_no_endless_wait(probe: Probe) -> None:
    probe.s3.delete_object(Bucket=probe.published, Key=f"reports/{probe.object_key}.json")
    with pytest.raises(ProbeFailed, match="was not registered within 0 s: look at the log"):
        probe.run()
    assert uploads(probe) == []


def test_the_tile_is_asked_for_by_its_short_address(probe: Probe, site: Site) -> None:
    report(probe, status="registered")
    site.body = picture(COLOR)
    with pytest.raises(ProbeFailed, match="was not removed"):  # nobody removes it here
        probe.run()
    keys = "/".join(["categorical", *probe.keys])
    assert site.paths == (f"/production/{keys}/8/128/127.png",)
