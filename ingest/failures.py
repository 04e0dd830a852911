"""Why messages failed: a letter in the dead-letter queue itself does not say.

One object a message in the published bucket, written when it fails, removed when it succeeds later.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.storage import Bucket

PREFIX = "failures/"
_CHARACTERS = 500

log = logging.getLogger(__name__)


class Failure(BaseModel):
    """The last failure of a message; `tries` counts those that AWS made."""

    model_config = ConfigDict(frozen=True)

    message_id: str
    keys: tuple[str, ...]
    reason: str
    failed_at: datetime
    tries: int


def reason_of(error: BaseException) -> str:
    """An error in one line; the first of its text, as databases add statements and parameters."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:_CHARACTERS]


def record_failure(published: Bucket, failure: Failure) -> None:
    """Store a failure, unless S3 itself is away: then the log has to do."""
    with _best_effort(f"the failure of {failure.message_id} cannot be stored"):
        published.put_json(_key(failure.message_id), failure.model_dump(mode="json"))


def forget_failures(published: Bucket, message_ids: Iterable[str]) -> None:
    """Remove what is stored of messages that are done with."""
    with _best_effort("an old failure cannot be removed"):
        for message_id in message_ids:
            published.delete(_key(message_id))


def find_failure(published: Bucket, message_id: str) -> Failure | None:
    """Why a message failed, where that could be stored."""
    content = published.get(_key(message_id))
    try:
        return None if content is None else Failure.model_validate_json(content)
    except ValidationError:
        return None


def _key(message_id: str) -> str:
    return f"{PREFIX}{quote(message_id, safe='')}.json"


@contextmanager
def _best_effort(what: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        log.warning("%s: %s", what, error)
