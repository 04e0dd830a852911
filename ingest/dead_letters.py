"""The dead-letter queue: what is in it and why, and the way back.

`StartMessageMoveTask` would move messages without a word about them, and local stand-ins for SQS
lack it. So each one is received, sent and deleted here, in this order: it may be delivered twice,
which does no harm, and is never lost.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ingest.errors import Misconfigured
from ingest.failures import Failure, find_failure, forget_failures
from ingest.messages import addresses
from ingest.queueing import BATCH, send
from ingest.storage import Bucket

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_HOLD_SECONDS = 300  # while we look at them, nobody else gets them
_WAIT_SECONDS = 1  # asked with patience, SQS looks at all its servers


@dataclass(frozen=True)
class Letter:
    """A message that failed for good; `failure` where its reason could be stored."""

    message_id: str
    body: str
    receipt: str
    sent_at: datetime
    addresses: tuple[str, ...]
    failure: Failure | None

    @property
    def reason(self) -> str:
        if self.failure is None:
            return (
                "no reason was stored: the function was killed, out of time or memory, or S3 was "
                "away; its log says more"
            )
        return self.failure.reason


def dead_letter_queue(sqs: "SQSClient", queue_url: str) -> str:
    """URL of the queue's dead-letter queue. Raises Misconfigured where it has none."""
    answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["RedrivePolicy"])
    policy = json.loads(answer.get("Attributes", {}).get("RedrivePolicy", "{}"))
    arn = str(policy.get("deadLetterTargetArn", ""))
    if not arn:
        raise Misconfigured(f"the queue {queue_url} has no dead-letter queue")
    account, name = arn.split(":")[-2:]
    return sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]


@dataclass(frozen=True)
class DeadLetters:
    """The dead letters of a queue, with the reasons that are kept in the published bucket."""

    sqs: "SQSClient"
    queue_url: str
    dead_letter_queue_url: str
    published: Bucket

    def receive(self, limit: int | None = None) -> Iterator[Letter]:
        """At most `limit` letters, each once; for five minutes nobody else gets them."""
        seen: set[str] = set()
        while limit is None or len(seen) < limit:
            messages: Any = self.sqs.receive_message(
                QueueUrl=self.dead_letter_queue_url,
                MaxNumberOfMessages=BATCH if limit is None else min(BATCH, limit - len(seen)),
                VisibilityTimeout=_HOLD_SECONDS,
                WaitTimeSeconds=_WAIT_SECONDS,
                AttributeNames=["SentTimestamp"],
            ).get("Messages", [])
            new = [message for message in messages if message["MessageId"] not in seen]
            if not new:
                return
            for message in new:
                seen.add(message["MessageId"])
                yield self._letter(message)

    def replay(self, letter: Letter) -> None:
        """Move a letter back to the queue. Raises NotQueued."""
        send(self.sqs, self.queue_url, [letter.body])
        self.discard(letter)

    def discard(self, letter: Letter) -> None:
        """Delete a letter and its reason."""
        self.sqs.delete_message(QueueUrl=self.dead_letter_queue_url, ReceiptHandle=letter.receipt)
        forget_failures(self.published, [letter.message_id])

    def release(self, letter: Letter) -> None:
        """Let others have a letter that was only looked at."""
        self.sqs.change_message_visibility(
            QueueUrl=self.dead_letter_queue_url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
        )

    def _letter(self, message: Any) -> Letter:
        return Letter(
            message_id=message["MessageId"],
            body=message["Body"],
            receipt=message["ReceiptHandle"],
            sent_at=_sent_at(message),
            addresses=addresses(message["Body"]),
            failure=find_failure(self.published, message["MessageId"]),
        )


def oldest(sqs: "SQSClient", dead_letter_queue_url: str) -> datetime | None:
    """When the oldest of some letters was sent; they stay where they are, and for all to get."""
    messages: Any = sqs.receive_message(
        QueueUrl=dead_letter_queue_url,
        MaxNumberOfMessages=BATCH,
        VisibilityTimeout=0,
        AttributeNames=["SentTimestamp"],
    ).get("Messages", [])
    return min(map(_sent_at, messages), default=None)


def _sent_at(message: Any) -> datetime:
    return datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
