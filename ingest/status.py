"""How ingestion is doing: verdicts, what waits, what failed, and how old all that is."""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.backfill import is_raster
from ingest.dead_letters import dead_letter_queue, oldest
from ingest.reports import Fault
from ingest.storage import Bucket, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_REPORTS = "reports/"
_THREADS = 10  # as many connections as boto3's client has


class Verdict(BaseModel):
    """What counts of a report."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: str
    bucket: str
    key: str
    reported_at: datetime
    etag: str | None = None
    error: Fault | None = None
    rasters: int | None = None


@dataclass(frozen=True)
class QueueCounts:
    """Messages: waiting, with the function, and failed for good; numbers as SQS estimates them.

    `oldest_dead` is when the oldest of some of the last was sent.
    """

    waiting: int
    in_work: int
    dead: int
    oldest_dead: datetime | None


@dataclass(frozen=True)
class Waiting:
    """Uploads of rasters that have no report as they are now; `since` when the oldest came."""

    count: int
    since: datetime | None


@dataclass
class Reports:
    """The reports in the published bucket; read once, and again where they changed."""

    published: Bucket
    _known: dict[str, tuple[str, Verdict | None]] = field(default_factory=dict)

    def read(self, prefix: str) -> Iterator[Verdict]:
        """Verdicts on uploads whose key begins with `prefix`."""
        stored = list(self.published.list(_REPORTS + prefix))
        changed = [each for each in stored if self._etag(each.key) != each.etag]
        with ThreadPoolExecutor(_THREADS) as pool:
            for each, verdict in zip(changed, pool.map(self._fetch, changed), strict=True):
                self._known[each.key] = (each.etag, verdict)
        verdicts = (self._known[each.key][1] for each in stored)
        return (verdict for verdict in verdicts if verdict is not None)

    def _etag(self, key: str) -> str | None:
        return self._known[key][0] if key in self._known else None

    def _fetch(self, stored: StoredObject) -> Verdict | None:
        content = self.published.get(stored.key)
        try:
            return Verdict.model_validate_json(content or b"")
        except ValidationError:  # not a report of ours
            return None


def count_statuses(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """{status: uploads}; class files count only where they are rejected."""
    counts = Counter(v.status for v in verdicts if v.rasters is None or v.error is not None)
    return {status: counts[status] for status in ("registered", "rejected", "removed")}


def count_codes(rejections: Iterable[Verdict]) -> dict[str, int]:
    """{code: rejections}, the most frequent first."""
    counts = Counter(verdict.error.code for verdict in rejections if verdict.error is not None)
    return dict(counts.most_common())


def rejected(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Rejections, of class files too, the newest first."""
    found = (verdict for verdict in verdicts if verdict.error is not None)
    return sorted(found, key=lambda verdict: verdict.reported_at, reverse=True)


def find_waiting(uploads: Iterable[StoredObject], verdicts: Iterable[Verdict]) -> Waiting:
    """Rasters among the uploads of one bucket that the verdicts on it are not about."""
    judged = {(verdict.key, verdict.etag) for verdict in verdicts}
    times = [
        stored.modified
        for stored in uploads
        if is_raster(stored.key) and (stored.key, stored.etag) not in judged
    ]
    return Waiting(len(times), min(times, default=None))


def count_messages(sqs: "SQSClient", queue_url: str) -> QueueCounts:
    """The queue and its dead-letter queue. Raises Misconfigured where it has none."""
    waiting, in_work = _counts(sqs, queue_url)
    dead_queue = dead_letter_queue(sqs, queue_url)
    dead = sum(_counts(sqs, dead_queue))
    return QueueCounts(waiting, in_work, dead, oldest(sqs, dead_queue) if dead else None)


def _counts(sqs: "SQSClient", queue_url: str) -> tuple[int, int]:
    """Messages that wait and that are with somebody."""
    found = sqs.get_queue_attributes(
        QueueUrl=queue_url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
        ],
    )["Attributes"]
    waiting = int(found["ApproximateNumberOfMessages"])
    delayed = int(found["ApproximateNumberOfMessagesDelayed"])
    return waiting + delayed, int(found["ApproximateNumberOfMessagesNotVisible"])
