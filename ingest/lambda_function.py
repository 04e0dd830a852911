"""The ingestion function: S3 notifications in, through SQS or directly; wiring only."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from categorical.json_lines import json_line
from ingest import metrics
from ingest.events import ObjectEvent, parse_event, parse_message
from ingest.failures import reason_of
from ingest.installation import Installation
from ingest.messages import Messages
from ingest.pipeline import Pipeline
from ingest.reports import Report
from ingest.time_budget import TimeBudget

logger = Logger(service=metrics.SERVICE, serialize_stacktrace=False, json_serializer=json_line)
budget = TimeBudget()

Remaining = Callable[[], float | None]
"""Seconds until the work must be over; None where nothing ends it."""


def lambda_handler(event: dict[str, Any], context: LambdaContext | None) -> dict[str, Any]:
    """Handle a batch of SQS messages, or one S3 notification that comes directly."""
    if context is not None:
        logger.append_keys(request_id=context.aws_request_id)
    ours = installation()
    remaining = seconds_left(context, ours.settings.reserve_seconds)
    return respond(event, ours.pipeline, ours.messages, remaining)


def seconds_left(context: LambdaContext | None, reserve: float) -> Remaining:
    """How long work may still take: what Lambda leaves, less `reserve` seconds for the answer."""
    if context is None:
        return lambda: None
    return lambda: context.get_remaining_time_in_millis() / 1000 - reserve


def respond(
    event: dict[str, Any],
    pipeline: Pipeline,
    messages: Messages | None = None,
    remaining: Remaining = lambda: None,
) -> dict[str, Any]:
    """What Lambda gets back: of a batch, `batchItemFailures`, the messages to be delivered again.

    A notification that comes directly raises what is to be tried again.
    """
    if not _is_from_sqs(event):
        budget.run(partial(_handle, parse_event(event), pipeline), remaining())
        return {}

    def handle_message(record: SQSRecord) -> None:
        try:
            budget.run(partial(_handle, parse_message(record.body), pipeline), remaining())
        except Exception as error:
            logger.error("failed", message_id=record.message_id, reason=reason_of(error))
            if messages is not None:
                messages.failed(record, error)
            raise
        if messages is not None:
            messages.succeeded(record)

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event, handle_message, processor))


def _handle(items: Sequence[ObjectEvent], pipeline: Pipeline) -> None:
    for item in items:
        try:
            pipeline.handle(item, _Verdicts().tell)
        except Exception:
            logger.exception("failed", bucket=item.bucket, key=item.key)
            raise


class _Verdicts:
    """Logs and counts reports as they come, with the seconds since the one before."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def tell(self, report: Report) -> None:
        now = time.monotonic()
        seconds, self._since = now - self._since, now
        logger.info(
            report.status,
            bucket=report.bucket,
            key=report.key,
            path=report.path,
            code=report.error.code if report.error else None,
            warnings=[warning.code for warning in report.warnings],
            pixels=report.pixels,
            seconds=round(seconds, 3),
        )
        metrics.emit(report, seconds)


def _is_from_sqs(event: Mapping[str, Any]) -> bool:
    records = event.get("Records") or [{}]
    return bool(records[0].get("eventSource") == "aws:sqs")


@cache
def installation() -> Installation:
    """The installation of this process, from the environment."""
    return Installation.from_environment()
