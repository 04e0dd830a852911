"""Messages to the ingestion function: look at these keys again."""

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from ingest.errors import NotQueued
from ingest.events import look_again

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH = 10  # what SQS takes at once
_ATTEMPTS = 3


def enqueue(sqs: "SQSClient", queue_url: str, bucket: str, keys: Iterable[str]) -> int:
    """Put a message on the queue for each key; how many. Raises NotQueued."""
    bodies = (json.dumps(look_again(bucket, key)) for key in keys)
    return sum(send(sqs, queue_url, batch) for batch in _batches(bodies))


def send(sqs: "SQSClient", queue_url: str, bodies: Sequence[str]) -> int:
    """Put up to ten messages on a queue; how many. SQS may refuse single ones: raises NotQueued."""
    entries: list[Any] = [
        {"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)
    ]
    for _ in range(_ATTEMPTS):
        failed = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed", [])
        if not failed:
            return len(bodies)
        refused = {item["Id"] for item in failed}
        entries = [entry for entry in entries if entry["Id"] in refused]
    raise NotQueued(
        f"{len(entries)} messages were not queued: {failed[0].get('Message', failed[0]['Code'])}"
    )


def _batches(bodies: Iterable[str]) -> Iterable[Sequence[str]]:
    iterator = iter(bodies)
    return iter(lambda: list(islice(iterator, BATCH)), [])
