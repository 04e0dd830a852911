"""SQS may take some messages of a batch and refuse others."""

import json

import boto3
import pytest
from botocore.stub import Stubber

from ingest.errors import NotQueued
from ingest.events import parse_message
from ingest.queueing import batched, enqueue, send

URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/uploads"


@pytest.fixture
def sqs():
    """A client that answers as SQS does where it is told to, and reaches nobody."""
    client = boto3.client(
        "sqs",
        region_name="eu-central-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    with Stubber(client) as stubber:
        client.expect = lambda answer, *entries: stubber.add_response(
            "send_message_batch", answer, {"QueueUrl": URL, "Entries": list(entries)}
        )
        yield client
        stubber.assert_no_pending_responses()


def entry(number, body):
    return {"Id": str(number), "MessageBody": body}


def refused(number):
    failure = {"Id": str(number), "Code": "InternalError", "SenderFault": False}
    return {"Successful": [], "Failed": [failure]}


def test_what_is_refused_is_sent_again_alone(sqs):
    sqs.expect(refused(1), entry(0, "a"), entry(1, "b"), entry(2, "c"))
    sqs.expect({"Successful": [], "Failed": []}, entry(1, "b"))
    assert send(sqs, URL, ["a", "b", "c"]) == 3


def test_what_stays_refused_is_an_error(sqs):
    for _ in range(3):
        sqs.expect(refused(0), entry(0, "a"))
    with pytest.raises(NotQueued, match="1 messages were not queued: InternalError"):
        send(sqs, URL, ["a"])


def test_batches_hold_everything_in_order():
    assert list(batched(iter("abcde"), 2)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(batched("", 2)) == []


def test_every_key_is_in_a_message(ingestion):
    keys = [f"categorical/S2/{number}/a b+ü.tif" for number in range(115)]
    assert enqueue(ingestion.sqs, ingestion.resources.queue_url, "incoming", keys) == 115
    received = []
    while len(received) < 116:  # with the bucket's test message
        received += ingestion.sqs.receive_message(
            QueueUrl=ingestion.resources.queue_url, MaxNumberOfMessages=10
        )["Messages"]
    bodies = [message["Body"] for message in received if "LookAgain" in message["Body"]]
    assert sorted(event.key for body in bodies for event in parse_message(body)) == sorted(keys)
    assert all(json.loads(body)["Records"] for body in bodies)
