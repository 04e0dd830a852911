"""The event source mapping between queue and ingestion function.

Hands messages to the function in batches, deletes those that it is done with, and lets the others
come back. The queue itself moves a message that keeps coming back to the dead-letter queue.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import FunctionError, WorkerDied, WorkerTimedOut
from infra.local.aws import Aws, Resources, arn
from infra.local.worker import FUNCTION_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef as Message

Invoke = Callable[[Any, float], Any]

BATCH_SIZE = 10
WAIT_SECONDS = 1
RETRY_SECONDS = 5

logger = logging.getLogger(__name__)


class Mapping:
    """Threads that feed the function, one for each worker.

    While a message is with the function nobody else gets it, for as long as a function may take. A
    failed one comes back after retry_seconds: the real mapping leaves that to the queue's
    visibility timeout, which has to be minutes long there.
    """

    def __init__(
        self,
        aws: Aws,
        resources: Resources,
        invoke: Invoke,
        retry_seconds: int = RETRY_SECONDS,
        function_seconds: float = FUNCTION_SECONDS,
    ) -> None:
        self._aws = aws
        self._queue_url = resources.queue_url
        self._arn = arn(aws.sqs(), resources.queue_url)
        self._invoke = invoke
        self._retry_seconds = retry_seconds
        self._function_seconds = function_seconds
        self._stopping = threading.Event()

    def start(self, threads: int) -> None:
        """Feed the function until stop is called."""
        for _ in range(threads):
            threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        sqs = self._aws.sqs()
        while not self._stopping.is_set():
            try:
                self._poll(sqs)
            except (BotoCoreError, ClientError) as error:
                if not self._stopping.wait(1):
                    logger.warning("the queue does not answer: %s", error)

    def _poll(self, sqs: "SQSClient") -> None:
        messages = sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=BATCH_SIZE,
            WaitTimeSeconds=WAIT_SECONDS,
            VisibilityTimeout=int(self._function_seconds) + RETRY_SECONDS,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        failed = self._deliver(messages) if messages else set()
        for message in messages:
            handle = {"QueueUrl": self._queue_url, "ReceiptHandle": message["ReceiptHandle"]}
            if message["MessageId"] in failed:
                sqs.change_message_visibility(**handle, VisibilityTimeout=self._retry_seconds)
            else:
                sqs.delete_message(**handle)

    def _deliver(self, messages: "Sequence[Message]") -> set[str]:
        """The ids of those messages that the function could not do."""
        try:
            result = self._invoke(sqs_event(messages, self._arn), self._function_seconds)
        except (FunctionError, WorkerDied, WorkerTimedOut) as error:
            if not self._stopping.is_set():
                logger.warning("the ingestion function failed: %s", error)
            return {message["MessageId"] for message in messages}
        return failed_ids(messages, result)


def sqs_event(messages: "Sequence[Message]", queue_arn: str) -> dict[str, Any]:
    """The event in which Lambda's mapping hands a batch to the function."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message.get("Attributes", {}),
                "messageAttributes": message.get("MessageAttributes", {}),
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": queue_arn.split(":")[3],
            }
            for message in messages
        ]
    }


def failed_ids(messages: "Sequence[Message]", result: Any) -> set[str]:
    """The messages that a result's batchItemFailures name.

    All of them where it names one that is not in the batch, as the real mapping has it: then
    nobody can tell what the function did.
    """
    batch = {message["MessageId"] for message in messages}
    failures = (result or {}).get("batchItemFailures") or []
    named = {str(failure.get("itemIdentifier")) for failure in failures}
    return named if named <= batch else batch
