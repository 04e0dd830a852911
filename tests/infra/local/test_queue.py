"""The event source mapping against moto's queues and a function in a worker of its own."""

import os
from collections import Counter
from pathlib import Path

import pytest
from processes import eventually

from infra.local.queue import Mapping, failed_ids, sqs_event
from infra.local.workers import Workers

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}


@pytest.fixture(scope="module")
def workers():
    pool = Workers("functions.ingest", 1, ENVIRONMENT)
    yield pool
    pool.stop()


@pytest.fixture
def queue(aws, buckets, workers):
    """Queues with a mapping at work that retries at once; S3's test event is taken out before."""
    sqs = aws.sqs()
    sqs.purge_queue(QueueUrl=buckets.queue_url)
    mapping = Mapping(aws, buckets, workers.invoke, retry_seconds=0)
    mapping.start(1)
    yield buckets
    mapping.stop()


def send(aws, queue, file, verdict):
    message = aws.sqs().send_message(QueueUrl=queue.queue_url, MessageBody=f"{file} {verdict}")
    return message["MessageId"]


def receive(aws, url):
    """The next message, waited for."""
    for _ in range(20):
        answer = aws.sqs().receive_message(QueueUrl=url, WaitTimeSeconds=1)
        if "Messages" in answer:
            return answer["Messages"][0]
    raise AssertionError("no message came")


def seen(file):
    return Counter(file.read_text().split()) if file.exists() else Counter()


def left(aws, url):
    attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = aws.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=attributes)["Attributes"]
    return sum(map(int, answer.values()))


def test_a_message_is_delivered_once_and_deleted(aws, queue, tmp_path):
    done = send(aws, queue, tmp_path / "log", "succeed")
    eventually(lambda: left(aws, queue.queue_url) == 0)
    assert seen(tmp_path / "log") == {done: 1}
    assert left(aws, queue.dead_letter_queue_url) == 0


def test_a_failing_message_ends_in_the_dead_letter_queue(aws, queue, tmp_path):
    failed = send(aws, queue, tmp_path / "log", "fail")
    done = send(aws, queue, tmp_path / "log", "succeed")
    dead = receive(aws, queue.dead_letter_queue_url)
    assert dead["MessageId"] == failed
    eventually(lambda: left(aws, queue.queue_url) == 0)
    assert seen(tmp_path / "log") == {failed: 3, done: 1}


def test_an_exception_fails_the_batch(aws, queue, tmp_path):
    crashed = send(aws, queue, tmp_path / "log", "crash")
    assert receive(aws, queue.dead_letter_queue_url)["MessageId"] == crashed
    assert seen(tmp_path / "log")[crashed] == 3


def test_the_event_is_what_the_mapping_of_lambda_makes(aws, buckets):
    aws.s3().put_object(Bucket=buckets.incoming, Key="a b/ü.tif", Body=b"x")
    messages = [receive(aws, buckets.queue_url) for _ in range(2)]
    record = sqs_event(messages, "arn:aws:sqs:eu-west-1:123456789012:q")["Records"][1]
    assert record["eventSource"] == "aws:sqs"
    assert record["awsRegion"] == "eu-west-1"
    assert record["messageId"] == messages[1]["MessageId"]
    assert "a+b%2F%C3%BC.tif" in record["body"]


BATCH = [{"MessageId": "a"}, {"MessageId": "b"}]


@pytest.mark.parametrize(
    "result", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}]
)
def test_nothing_named_is_success(result):
    assert failed_ids(BATCH, result) == set()


def test_what_is_named_has_failed():
    assert failed_ids(BATCH, {"batchItemFailures": [{"itemIdentifier": "b"}]}) == {"b"}


@pytest.mark.parametrize("failure", [{"itemIdentifier": ""}, {"itemIdentifier": "c"}, {}])
def test_an_unknown_name_fails_the_batch(failure):
    assert failed_ids(BATCH, {"batchItemFailures": [failure]}) == {"a", "b"}
