"""docs/reliability.md: what each fault came to."""

from collections.abc import Sequence

from benchmarks.faults.campaign import RECOVERY, Outcome
from benchmarks.faults.site import ENVIRONMENT, INGEST_SECONDS
from benchmarks.report import machine
from benchmarks.tables import Table, markdown

_HEAD = (
    *("fault", "users are to see", "answers", "right", "503 with Retry-After", "others"),
    *("slowest s", "errors after repair s", "uploads", "registered after repair s", "verdict"),
)


def document(outcomes: Sequence[Outcome], seconds: float, minutes: float) -> str:
    """The page."""
    return f"{_intro(seconds, minutes)}\n\n{markdown(_table(outcomes))}\n\n{_MEANING}\n"


def _table(outcomes: Sequence[Outcome]) -> Table:
    return Table("Faults", _HEAD, [_row(outcome) for outcome in outcomes])


def _row(outcome: Outcome) -> tuple[str, ...]:
    names = outcome.trouble.name, outcome.trouble.expected
    if outcome.not_run:
        return (*names, *["-"] * 8, f"not run: needs {outcome.not_run}")
    others = ", ".join(f"{status}: {count}" for status, count in sorted(outcome.other.items()))
    return (
        *names,
        f"{outcome.answers:,}",
        f"{100 * outcome.right / max(1, outcome.answers):.1f} %",
        f"{outcome.told:,}",
        others or "0",
        f"{outcome.slowest:.1f}",
        f"{outcome.recovery:.1f}",
        f"{outcome.uploads}",
        f"{outcome.registered:.1f}",
        "; ".join(outcome.faults) or "as expected",
    )


def _intro(seconds: float, minutes: float) -> str:
    computer = machine()
    settings = ", ".join(f"`{name}={value}`" for name, value in ENVIRONMENT.items())
    return (
        "# What happens when parts fail\n\n"
        "Written by `make faults`, which puts up the whole system (PostgreSQL, S3, SQS and "
        "Secrets Manager on loopback, four workers a function), has viewers pan and zoom over it, "
        f"and breaks one part after the other for {seconds:g} s, really: servers are stopped, "
        "processes killed, connections cut. While a part is broken a raster is replaced, another "
        "gets a new class file, a third is removed and uploaded again. Every tile is compared "
        "pixel by pixel with an oracle, every document with the version that its dataset may show "
        "then.\n\n"
        f"This run took {minutes:.0f} minutes on {computer['cpu']}, {computer['cores']} cores, "
        f"with times that are shorter than the defaults: {settings}, and {INGEST_SECONDS:g} s for "
        "an invocation of the ingestion function."
    )


_MEANING = f"""\
*As expected* means: no answer was wrong or mixed two versions of a dataset; every error was a 503
with `Retry-After`, or what stands beside the fault; nothing that was uploaded was lost, and no
message was given up; {RECOVERY:g} s after the repair at the latest there were no errors any more.

- A dataset that a worker of the tile API knows is served as last known for
  `HANDLER_STALE_SECONDS` (an hour) while the database is away. It is looked up again as soon as
  the database answers, so what was removed or replaced meanwhile does not stay.
- A worker that does not know a dataset needs the database; so does one that has just started.
- A tile needs S3 unless its blocks are in the worker's memory. In front of the API, CloudFront or
  browsers have more of them: `HANDLER_TILE_MAX_AGE`, or a year where the URL has the version.
- What could not be registered is delivered again by the queue, three times in all, and stands in
  the dead-letter queue after that. An outage may so last three times the queue's visibility
  timeout, 45 minutes by default in AWS; afterwards `python -m ingest` sends letters back.
- The time of day decides nothing: versions come from what S3 holds, times to live are measured by a
  clock that nobody sets. Only AWS itself would mind, which this machine's S3 does not: it refuses
  what is signed by a clock that is a quarter of an hour wrong."""
