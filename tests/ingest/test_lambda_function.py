"""The entry point as AWS calls it, and faults of the surroundings that must not lose anything."""

import io
import json
import logging
import socket
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import boto3
import psycopg2
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from sqlalchemy.exc import SQLAlchemyError
from terracotta.exceptions import InvalidDatabaseError

from ingest.errors import InvalidEvent, Misconfigured
from ingest.failures import find_failure
from ingest.lambda_function import logger, respond, seconds_left
from ingest.messages import Messages
from ingest.pipeline import Pipeline
from ingest.registration import Registry
from ingest.storage import Bucket

EVENTS = Path(__file__).parents[1] / "events"
KEY = "categorical/S2/20181010/cloudmask.tif"
CLASSES = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}


def notification(bucket, *keys):
    return {
        "Records": [
            {
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": bucket}, "object": {"key": key}},
            }
            for key in keys
        ]
    }


def batch(*bodies):
    """What SQS hands to Lambda: the recorded batch with other bodies."""
    (message, *_) = json.loads((EVENTS / "sqs_s3_batch.json").read_text())["Records"]
    return {
        "Records": [
            {**message, "messageId": f"m{number}", "body": body}
            for number, body in enumerate(bodies)
        ]
    }


def failures(answer):
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def test_recorded_batch(ingestion):
    """S3's test message, then uploads and a removal of objects that are all gone by now."""
    event = json.loads((EVENTS / "sqs_s3_batch.json").read_text())
    text = json.dumps(event).replace('\\"incoming\\"', f'\\"{ingestion.resources.incoming}\\"')
    assert respond(json.loads(text), ingestion.pipeline) == {"batchItemFailures": []}
    assert ingestion.report(KEY)["status"] == "removed"


def test_messages_of_the_buckets_own_notification(ingestion, stripes):
    ingestion.put("categories.json", CLASSES)
    ingestion.put(KEY, stripes)
    received = ingestion.sqs.receive_message(
        QueueUrl=ingestion.resources.queue_url, MaxNumberOfMessages=10
    )
    bodies = [message["Body"] for message in received["Messages"]]
    assert any("s3:TestEvent" in body for body in bodies)
    assert respond(batch(*bodies), ingestion.pipeline) == {"batchItemFailures": []}
    assert len(ingestion.datasets()) == 1


def test_notification_without_a_queue(ingestion, stripes):
    ingestion.put("categories.json", CLASSES)
    ingestion.put(KEY, stripes)
    event = notification(ingestion.resources.incoming, KEY.replace("/", "%2F"))
    assert respond(event, ingestion.pipeline) == {}
    assert len(ingestion.datasets()) == 1


def test_a_rejected_upload_is_no_failure(ingestion):
    ingestion.put(KEY, b"bad")
    event = batch(json.dumps(notification(ingestion.resources.incoming, KEY)))
    assert failures(respond(event, ingestion.pipeline)) == []


def test_message_that_nobody_understands_fails_alone(ingestion, stripes):
    ingestion.put("categories.json", CLASSES)
    ingestion.put(KEY, stripes)
    good = json.dumps(notification(ingestion.resources.incoming, KEY))
    assert failures(respond(batch("?", good, "{}"), ingestion.pipeline)) == ["m0", "m2"]
    assert len(ingestion.datasets()) == 1
    with pytest.raises(InvalidEvent):
        respond({"what": "ever"}, ingestion.pipeline)


# --- faults of the surroundings -------------------------------------------------------------------


def test_bucket_that_is_not_there_fails_its_own_record_only(ingestion, stripes):
    ingestion.put("categories.json", CLASSES)
    ingestion.put(KEY, stripes)
    bodies = [
        json.dumps(notification(bucket, KEY))
        for bucket in ("no-such-bucket-here", ingestion.resources.incoming)
    ]
    assert failures(respond(batch(*bodies), ingestion.pipeline)) == ["m0"]
    assert len(ingestion.datasets()) == 1


@pytest.fixture
def free_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_s3_away(ingestion, free_port):
    ingestion.s3 = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{free_port}",
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(connect_timeout=1, retries={"total_max_attempts": 1}),
    )
    event = notification("incoming", KEY)
    assert failures(respond(batch(json.dumps(event)), ingestion.pipeline)) == ["m0"]
    with pytest.raises(BotoCoreError):
        respond(event, ingestion.pipeline)


def test_database_away_and_back(ingestion, stripes, registry, free_port):
    ingestion.put("categories.json", CLASSES)
    ingestion.put(KEY, stripes)
    event = notification(ingestion.resources.incoming, KEY)
    url = f"postgresql://someone:secret@127.0.0.1:{free_port}/away"
    ingestion.registry = Registry(url, "postgresql", ("type", "sensor", "date", "band"), "date", 10)
    assert failures(respond(batch(json.dumps(event)), ingestion.pipeline)) == ["m0"]
    with pytest.raises((SQLAlchemyError, InvalidDatabaseError)):
        respond(event, ingestion.pipeline)
    ingestion.registry = registry
    assert failures(respond(batch(json.dumps(event)), ingestion.pipeline)) == []
    assert len(ingestion.datasets()) == 1


def test_connections_cut_by_the_server_are_made_anew(ingestion, stripes, postgres):
    ingestion.put("categories.json", CLASSES)
    ingestion.upload(KEY, stripes)
    cut_connections(postgres)
    ingestion.upload(KEY.replace("2018", "2019"), stripes)
    assert len(ingestion.datasets()) == 2


def cut_connections(postgres):
    connection = psycopg2.connect(postgres.admin_url)
    connection.autocommit = True
    connection.cursor().execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ingest_tests'"
    )
    connection.close()


def test_database_with_other_keys_is_the_operators_to_mend(ingestion, shared_database):
    registry = Registry(shared_database, "postgresql", ("type", "date", "band"), "date", 10)
    ingestion.registry = registry
    with pytest.raises(Misconfigured, match="sensor"):
        ingestion.handle(KEY)


# --- time --------------------------------------------------------------------------------------


def messages(ingestion):
    """What keeps failures, and hands messages back to the queue."""
    resources = ingestion.resources
    return Messages(
        Bucket(ingestion.s3, resources.published),
        ingestion.sqs,
        resources.queue_url,
        lambda: ingestion.now,
    )


def test_slow_record_fails_and_those_after_it_are_handed_back(ingestion, stripes):
    release = threading.Event()

    def slow_clock():
        release.wait(30)
        return ingestion.now

    ingestion.put("categories.json", CLASSES)
    keys = [KEY, KEY.replace("2018", "2019"), KEY.replace("2018", "2020")]
    for key in keys:
        ingestion.put(key, stripes)
    event = batch(*(json.dumps(notification(ingestion.resources.incoming, key)) for key in keys))
    stuck = Pipeline(ingestion.settings, ingestion.registry, ingestion.s3, clock=slow_clock)
    seconds = iter([0.5, 0, -3])
    answer = respond(event, stuck, messages(ingestion), lambda: next(seconds))
    assert failures(answer) == ["m0", "m1", "m2"]
    release.set()
    assert failures(respond(event, ingestion.pipeline)) == []
    assert len(ingestion.datasets()) == 3


def test_done_records_of_a_batch_that_runs_out_of_time_stay_done(ingestion, stripes):
    ingestion.put("categories.json", CLASSES)
    ingestion.put(KEY, stripes)
    event = batch(*[json.dumps(notification(ingestion.resources.incoming, KEY))] * 3)
    seconds = iter([60, 0, 0])
    answer = respond(event, ingestion.pipeline, messages(ingestion), lambda: next(seconds))
    assert failures(answer) == ["m1", "m2"]
    assert len(ingestion.datasets()) == 1


def test_message_that_only_lacked_time_is_delivered_at_once(ingestion, stripes):
    ingestion.put("categories.json", CLASSES)
    queue = {"QueueUrl": ingestion.resources.queue_url, "MaxNumberOfMessages": 10}
    received = ingestion.sqs.receive_message(**queue)["Messages"]
    assert ingestion.sqs.receive_message(**queue).get("Messages", []) == []
    event = {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {},
                "eventSource": "aws:sqs",
            }
            for message in received
        ]
    }
    respond(event, ingestion.pipeline, messages(ingestion), lambda: 0)
    again = ingestion.sqs.receive_message(**queue)["Messages"]
    assert {m["MessageId"] for m in again} == {m["MessageId"] for m in received}


def test_time_ends_before_the_functions_own():
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 15_000)
    assert seconds_left(context, reserve=20)() == -5
    assert seconds_left(None, reserve=20)() is None


def test_reason_of_a_failure_is_kept_until_the_message_succeeds(ingestion):
    event = batch("?")
    respond(event, ingestion.pipeline, messages(ingestion))
    published = Bucket(ingestion.s3, ingestion.resources.published)
    found = find_failure(published, "m0")
    assert found.reason.startswith("InvalidEvent: the message is no JSON")
    assert (found.tries, found.failed_at) == (1, ingestion.now)
    again = batch(json.dumps(notification(ingestion.resources.incoming, KEY)))
    again["Records"][0]["attributes"]["ApproximateReceiveCount"] = "2"
    respond(again, ingestion.pipeline, messages(ingestion))
    assert find_failure(published, "m0") is None


def test_reason_that_cannot_be_kept_changes_nothing(ingestion):
    lost = messages(ingestion)
    nowhere = replace(lost, published=Bucket(ingestion.s3, "no-such-bucket-here"))
    assert failures(respond(batch("?"), ingestion.pipeline, nowhere)) == ["m0"]


# --- log ---------------------------------------------------------------------------------------


@pytest.fixture
def log():
    """What the function logs, as text."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    yield stream.getvalue
    logging.getLogger("ingest").removeHandler(handler)


def test_secrets_stay_out_of_the_log(ingestion, free_port, log):
    url = f"postgresql://someone:hunter2@127.0.0.1:{free_port}/away"
    ingestion.registry = Registry(url, "postgresql", ("type", "sensor", "date", "band"), "date", 10)
    ingestion.put(KEY, b"bad")
    respond(batch(json.dumps(notification(ingestion.resources.incoming, KEY))), ingestion.pipeline)
    assert "Connection refused" in log()
    assert "hunter2" not in log()


def test_log_has_the_key_and_the_verdict(ingestion, log):
    ingestion.put(KEY, b"bad")
    respond(notification(ingestion.resources.incoming, KEY), ingestion.pipeline)
    (line,) = map(json.loads, log().splitlines())
    assert (line["message"], line["key"], line["code"]) == ("rejected", KEY, "not_a_raster")
    assert line["seconds"] >= 0


def test_log_has_each_raster_under_a_class_file(ingestion, stripes, log):
    ingestion.put(KEY, stripes)
    ingestion.put("categories.json", CLASSES)
    respond(notification(ingestion.resources.incoming, "categories.json"), ingestion.pipeline)
    lines = map(json.loads, log().splitlines())
    assert [(line["key"], line.get("pixels")) for line in lines] == [
        ("categories.json", None),
        (KEY, 64 * 48),
    ]
