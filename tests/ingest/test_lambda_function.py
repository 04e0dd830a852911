"""The entry point as AWS calls it, and faults of the surroundings that must not lose anything."""

import io
import json
import logging
import socket
from pathlib import Path

import boto3
import psycopg2
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from sqlalchemy.exc import SQLAlchemyError
from terracotta.exceptions import InvalidDatabaseError

from ingest.errors import InvalidEvent, Misconfigured
from ingest.lambda_function import logger, respond
from ingest.registration import Registry

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
