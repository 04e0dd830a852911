"""What becomes of the messages of a batch besides their uploads' verdicts."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import BotoCoreError, ClientError

from ingest.errors import InvalidEvent, OutOfTime
from ingest.events import parse_message
from ingest.failures import Failure, forget_failures, reason_of, record_failure
from ingest.storage import Bucket

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Messages:
    """Keeps why messages failed, and hands those back at once that only lacked time."""

    published: Bucket
    sqs: "SQSClient | None"
    queue_url: str | None
    clock: Callable[[], datetime]

    def failed(self, record: SQSRecord, error: Exception) -> None:
        """Never raises: the message fails anyway."""
        failure = Failure(
            message_id=record.message_id,
            keys=addresses(record.body),
            reason=reason_of(error),
            failed_at=self.clock(),
            tries=_tries(record),
        )
        record_failure(self.published, failure)
        if isinstance(error, OutOfTime):
            self._hand_back(record)

    def succeeded(self, record: SQSRecord) -> None:
        """Never raises."""
        if _tries(record) > 1:
            forget_failures(self.published, [record.message_id])

    def _hand_back(self, record: SQSRecord) -> None:
        """Let the queue deliver it now, not after its visibility timeout of an hour and a half."""
        if self.sqs is None or self.queue_url is None:
            return
        try:
            self.sqs.change_message_visibility(
                QueueUrl=self.queue_url, ReceiptHandle=record.receipt_handle, VisibilityTimeout=0
            )
        except (BotoCoreError, ClientError) as error:
            log.warning("%s waits for its visibility timeout: %s", record.message_id, error)


def addresses(body: str) -> tuple[str, ...]:
    """The `s3://` addresses that a message is about; none where nobody understands it."""
    try:
        return tuple(f"s3://{event.bucket}/{event.key}" for event in parse_message(body))
    except InvalidEvent:
        return ()


def _tries(record: SQSRecord) -> int:
    return int(record.raw_event.get("attributes", {}).get("ApproximateReceiveCount", 1))
