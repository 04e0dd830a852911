"""Objects named by an S3 event notification.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from ingest.errors import InvalidEvent


@dataclass(frozen=True)
class ObjectEvent:
    """Something happened to an object; `sequencer` orders the events of one key.

    Which change it was does not matter to ingestion, which looks at the object itself; `etag` and
    `sequencer` only say what the event was about.
    """

    bucket: str
    key: str
    removed: bool = False
    etag: str | None = None
    size: int | None = None
    version_id: str | None = None
    sequencer: str | None = None


def parse_message(body: str) -> tuple[ObjectEvent, ...]:
    """The events in the body of an SQS message. Raises InvalidEvent."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidEvent(f"the message is no JSON: {body[:200]!r}") from error
    return parse_event(event)


def parse_event(event: object) -> tuple[ObjectEvent, ...]:
    """The events in an S3 notification; none in the test message of a new configuration.

    Keys come form-encoded (a space is `+`) and are decoded. Raises InvalidEvent.
    """
    if isinstance(event, Mapping):
        if event.get("Event") == "s3:TestEvent":
            return ()
        records = event.get("Records")
        if isinstance(records, list):
            return tuple(_parse_record(record) for record in records)
    raise InvalidEvent(f"not an S3 notification: {str(event)[:200]!r}")


def _parse_record(record: Mapping[str, Any]) -> ObjectEvent:
    try:
        s3 = record["s3"]
        stored = s3["object"]
        return ObjectEvent(
            bucket=_text(s3["bucket"]["name"]),
            key=unquote_plus(_text(stored["key"]), errors="strict"),
            removed="Removed" in record.get("eventName", ""),
            etag=_text_or_none(stored.get("eTag")),
            size=stored.get("size"),
            version_id=_text_or_none(stored.get("versionId")),
            sequencer=_text_or_none(stored.get("sequencer")),
        )
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise InvalidEvent(f"not an S3 event record: {str(record)[:200]!r}") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def latest(sequencers: Iterable[str | None]) -> str | None:
    """The newest of some sequencers, hexadecimal digits.

    S3 has the shorter padded with zeros at its end, which is the order of text.
    """
    return max(filter(None, sequencers), default=None)


def look_again(bucket: str, key: str) -> dict[str, Any]:
    """A message that has `key` looked at, in the form of an S3 notification."""
    stored = {"key": quote_plus(key, safe="/")}
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "ingest:LookAgain",
                "eventName": "LookAgain",
                "s3": {"bucket": {"name": bucket}, "object": stored},
            }
        ]
    }
