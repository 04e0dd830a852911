"""The ingestion function: S3 notifications in, through SQS or directly; wiring only."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import boto3
import terracotta
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingest.events import ObjectEvent, parse_event, parse_message
from ingest.keys import KeyPattern
from ingest.pipeline import Pipeline
from ingest.registration import Registry
from ingest.settings import IngestSettings
from ingest.storage import s3_client

logger = Logger(service="ingest", serialize_stacktrace=False)


def lambda_handler(event: dict[str, Any], context: LambdaContext | None) -> dict[str, Any]:
    """Handle a batch of SQS messages, or one S3 notification that comes directly."""
    if context is not None:
        logger.append_keys(request_id=context.aws_request_id)
    return respond(event, pipeline())


def respond(event: dict[str, Any], pipeline: Pipeline) -> dict[str, Any]:
    """What Lambda gets back: of a batch, `batchItemFailures`, the messages to be delivered again.

    A notification that comes directly raises what is to be tried again.
    """
    if not _is_from_sqs(event):
        _handle(parse_event(event), pipeline)
        return {}

    def handle_message(record: SQSRecord) -> None:
        _handle(parse_message(record.body), pipeline)

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event, handle_message, processor))


def _handle(items: Iterable[ObjectEvent], pipeline: Pipeline) -> None:
    for item in items:
        _handle_one(item, pipeline)


def _handle_one(item: ObjectEvent, pipeline: Pipeline) -> None:
    logger.append_keys(bucket=item.bucket, key=item.key)
    try:
        report = pipeline.handle(item)
    except Exception:
        logger.exception("failed, to be tried again")
        raise
    if report is not None:
        code = report.error.code if report.error else None
        warnings = [warning.code for warning in report.warnings]
        logger.info(report.status, path=report.path, code=code, warnings=warnings)


def _is_from_sqs(event: Mapping[str, Any]) -> bool:
    records = event.get("Records") or [{}]
    return bool(records[0].get("eventSource") == "aws:sqs")


@cache
def pipeline() -> Pipeline:
    """The pipeline of this process, from the environment."""
    settings = IngestSettings.model_validate({})  # from the environment
    database = terracotta.get_settings()
    registry = Registry(
        database.DRIVER_PATH,
        database.DRIVER_PROVIDER,
        KeyPattern(settings.key_pattern).fields,
        settings.date_key,
        settings.database_timeout,
    )
    sqs = boto3.client("sqs") if settings.queue_url else None
    return Pipeline(settings, registry, s3_client(settings.s3_timeout), sqs)
