"""Messages to the ingestion function: look at these keys again."""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.errors import NotQueued
from ingest.events import look_again

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Item = TypeVar("Item")

BATCH = 10  # what SQS takes at once
_CONNECTIONS = 10  # of boto3's client
_AT_A_TIME = 100  # batches in memory
_ATTEMPTS = 3


def enqueue(sqs: "SQSClient", queue_url: str, bucket: str, keys: Iterable[str]) -> int:
    """Put a message on the queue for each key; how many. Raises NotQueued.

    Several batches at a time: one after the other, a million would take longer than the function
    may.
    """
    bodies = (json.dumps(look_again(bucket, key)) for key in keys)
    batches = batched(batched(bodies, BATCH), _AT_A_TIME)
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        return sum(sum(pool.map(partial(send, sqs, queue_url), some)) for some in batches)


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


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of at most `size` items: `itertools.batched`, which Python 3.11 lacks."""
    iterator = iter(items)
    return iter(lambda: list(islice(iterator, size)), [])
