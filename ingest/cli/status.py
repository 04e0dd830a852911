"""`python -m ingest status`"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError
from terracotta.exceptions import InvalidDatabaseError

from ingest.cli.shell import (
    FOUND,
    Address,
    AddressType,
    Unavailable,
    age,
    as_fault,
    as_json,
    print_json,
    say,
)
from ingest.errors import Misconfigured
from ingest.installation import Installation
from ingest.status import (
    QueueCounts,
    Reports,
    Verdict,
    Waiting,
    count_codes,
    count_messages,
    count_statuses,
    find_waiting,
    rejected,
)


@dataclass(frozen=True)
class Overview:
    """Everything that is shown; None for what was not asked for or cannot be had."""

    at: datetime
    uploads: dict[str, int]
    waiting: Waiting | None
    queue: QueueCounts | None
    datasets: int | None
    rejections: list[Verdict]

    @property
    def is_well(self) -> bool:
        return not self.rejections and not (self.queue and self.queue.dead)


@click.command()
@click.argument("address", type=AddressType(), required=False)
@click.option("--watch", is_flag=True, help="Show it again and again, until Ctrl-C.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=5,
    metavar="SECONDS",
    show_default=True,
    help="How often.",
)
@click.option(
    "--failures",
    type=click.IntRange(min=0),
    default=10,
    metavar="NUMBER",
    show_default=True,
    help="How many to list.",
)
@as_json
def status(
    address: Address | None, watch: bool, interval: float, failures: int, as_json: bool
) -> None:
    """Count verdicts, messages and datasets.

    Lists what was rejected, the newest first. With ADDRESS only uploads under it count, and those
    that wait for a verdict are counted, too.
    """
    ours = Installation.from_environment()
    reports = Reports(ours.published)
    while watch:
        with _outlived():
            overview = _look(ours, reports, address)
            if not as_json:
                click.clear()  # on a terminal only
            _show(overview, failures, as_json)
        time.sleep(interval)
    overview = _look(ours, reports, address)
    _show(overview, failures, as_json)
    if not overview.is_well:
        raise SystemExit(FOUND)


@contextmanager
def _outlived() -> Iterator[None]:
    """S3 or the queue may be away for a while, which is what somebody watches for."""
    try:
        yield
    except Exception as error:
        fault = as_fault(error)
        if not isinstance(fault, Unavailable):
            raise
        say(f"{fault.format_message()}; trying again", err=True)


def _look(ours: Installation, reports: Reports, address: Address | None) -> Overview:
    verdicts = list(reports.read(address.key if address else ""))
    waiting = None
    if address is not None:
        verdicts = [verdict for verdict in verdicts if verdict.bucket == address.bucket]
        waiting = find_waiting(ours.incoming(address.bucket).list(address.key), verdicts)
    has_queue = ours.settings.queue_url is not None
    return Overview(
        at=ours.clock(),
        uploads=count_statuses(verdicts),
        waiting=waiting,
        queue=count_messages(ours.sqs, ours.queue_url) if has_queue else None,
        datasets=_datasets(ours),
        rejections=rejected(verdicts),
    )


def _datasets(ours: Installation) -> int | None:
    """How many there are; the rest can be seen without a way to the database."""
    try:
        return ours.registry.count()
    except (SQLAlchemyError, InvalidDatabaseError, Misconfigured):
        return None


def _show(overview: Overview, failures: int, as_json: bool) -> None:
    if as_json:
        print_json(_document(overview))
    else:
        say(*_lines(overview, failures))


def _lines(overview: Overview, failures: int) -> Iterator[str]:
    yield "uploads    " + ", ".join(f"{n} {name}" for name, n in overview.uploads.items())
    if overview.waiting is not None:
        yield f"waiting    {_waiting(overview.waiting, overview.at)}"
    if overview.queue is not None:
        yield f"queue      {_queue(overview.queue, overview.at)}"
    is_known = overview.datasets is not None
    yield f"datasets   {overview.datasets if is_known else 'the database cannot be reached'}"
    if overview.rejections:
        codes = count_codes(overview.rejections)
        yield "rejected   " + ", ".join(f"{n} {code}" for code, n in codes.items())
    for verdict in overview.rejections[:failures]:
        yield from _failure(verdict, overview.at)
    if (more := len(overview.rejections) - failures) > 0:
        yield f"    and {more} more"
    if overview.queue is not None and overview.queue.dead:
        yield "see why messages failed for good: python -m ingest replay --dry-run"


def _queue(queue: QueueCounts, at: datetime) -> str:
    counts = f"{queue.waiting} waiting, {queue.in_work} in work, {queue.dead} dead letters"
    if queue.oldest_dead is None:
        return counts
    return f"{counts}, sent {age((at - queue.oldest_dead).total_seconds())} ago"


def _waiting(waiting: Waiting, at: datetime) -> str:
    if waiting.since is None:
        return "0 uploads"
    return f"{waiting.count} uploads, the oldest for {age((at - waiting.since).total_seconds())}"


def _failure(verdict: Verdict, at: datetime) -> Iterator[str]:
    assert verdict.error is not None
    reported = age((at - verdict.reported_at).total_seconds())
    yield f"    s3://{verdict.bucket}/{verdict.key} ({reported} ago)"
    yield f"        {verdict.error.code}: {verdict.error.message}"
    yield f"        {verdict.error.remedy}"


def _document(overview: Overview) -> dict[str, Any]:
    waiting = overview.waiting
    return {
        "at": overview.at.isoformat(timespec="seconds"),
        "uploads": overview.uploads,
        "waiting": waiting and waiting.count,
        "waiting_since": waiting and waiting.since and waiting.since.isoformat(),
        "queue": overview.queue and _queue_document(overview.queue),
        "datasets": overview.datasets,
        "rejections": [each.model_dump(mode="json") for each in overview.rejections],
    }


def _queue_document(queue: QueueCounts) -> dict[str, Any]:
    oldest = queue.oldest_dead
    return {**asdict(queue), "oldest_dead": oldest and oldest.isoformat(timespec="seconds")}
