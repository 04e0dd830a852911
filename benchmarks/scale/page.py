"""docs/scale.md, from what a run found and what aws.toml says: a test compares them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.scale.inputs import (
    HERE,
    Audience,
    Deployment,
    Measured,
    Setup,
    quoted,
    quotes,
)
from benchmarks.scale.model import Outcome, backfill, outcome
from benchmarks.scale.queueing import Load, Step, Viewers
from benchmarks.tables import Table, markdown

RUN = HERE / "run.json"
PAGE = HERE.parents[1] / "docs/scale.md"
VIEWERS = (10, 1_000, 100_000)
RASTERS = 1_000_000
CONCURRENCY = (10, 100, 1_000)


@dataclass(frozen=True)
class Check:
    """What the model says that these viewers see of the local system, and what they saw."""

    viewers: Viewers
    model: Load
    seen: Load

    @property
    def errors(self) -> dict[str, float]:
        """By which share the model is off; how often they pause is no merit of the model."""
        names = ("median", "p95") if self.viewers.pause else ("rate", "median", "p95")
        return {name: getattr(self.model, name) / getattr(self.seen, name) - 1 for name in names}


@dataclass(frozen=True)
class Run:
    """What a run found: `days` are those of results.json's sections, `in_turn` and `maps` the steps
    of such viewers' requests, `bound` the share of steps that wait for a certain processor,
    `others` the largest share of the processors that anybody else took meanwhile.
    """

    day: str
    days: dict[str, str]
    measured: Measured
    processors: int
    workers: int
    in_turn: Sequence[Step]
    maps: Sequence[Step]
    bound: float
    checks: Sequence[Check]
    others: float

    def largest(self, name: str) -> float:
        """The largest error of rate, median or p95."""
        errors = (check.errors.get(name, 0.0) for check in self.checks)
        return max(map(abs, errors))


def write(run: Run, path: Path = RUN) -> None:
    path.write_text(json.dumps(asdict(run), indent=1) + "\n")


def read(path: Path = RUN) -> Run:
    """What `write` wrote."""
    found: dict[str, Any] = json.loads(path.read_text())
    found["measured"] = Measured(**found["measured"])
    for route in ("in_turn", "maps"):
        found[route] = [Step(**step) for step in found[route]]
    found["checks"] = [
        Check(Viewers(**each["viewers"]), Load(**each["model"]), Load(**each["seen"]))
        for each in found["checks"]
    ]
    return Run(**found)


def page(run: Run) -> str:
    """The page in Markdown."""
    quotas, prices = quoted()
    setup = Setup(run.measured, Deployment(), quotas, prices)
    tables = [
        _viewers(setup),
        _viewers(replace(setup, deployment=Deployment(cloudfront=False))),
        _backfills(setup),
        _million(),
        _check(run),
        _steps(run),
        _measured(run),
        _quoted(),
        _assumed(),
    ]
    intro = _INTRO.format(day=run.day, acu=prices.acu_hour, wait=1e3 * setup.s3_wait)
    return "\n\n".join([intro, *map(markdown, tables)]) + "\n"


_INTRO = """# What many viewers and a large archive come to

Written by `make scale` on {day}. A simulation in `benchmarks/scale` goes second by second through
a rush: all viewers come within a minute, and nothing is warm. What our code takes is measured by
`make bench` (benchmarks/results.json); what AWS charges and allows stands in
benchmarks/scale/aws.toml, with its source and month, to be changed there; how people look at maps
is assumed. All of it stands below. **Nothing here was measured in AWS**: of a tile's time
{wait:.0f} ms are S3's, as AWS documents it, and what the network to the viewer takes comes on top.
Dollars are for an hour of that many viewers at their maps all the time, without the database, which
costs {acu:g} dollars an hour for each ACU in use."""


def _viewers(setup: Setup) -> Table:
    rows = [_row(viewers, outcome(Audience(viewers), setup)) for viewers in VIEWERS]
    title = f"Viewers, {'with' if setup.deployment.cloudfront else 'without'} CloudFront"
    header = (
        *("viewers", "tiles a second", "from CloudFront", "environments", "refused"),
        *("after a cold start", "median", "95 %", "dollars an hour"),
        "gives way first, and what to turn",
    )
    note = (
        "Environments are the most that are busy at a time: a browser asks for all tiles of a view "
        "at once, and each of these has an environment for itself. Tiles after a cold start wait "
        f"{setup.measured.cold_start:.1f} s for it, and for what AWS takes to fetch the package."
    )
    return Table(title, header, rows, note)


def _row(viewers: int, found: Outcome) -> tuple[str, ...]:
    return (
        f"{viewers:,}",
        f"{found.rps:,.0f}",
        f"{found.hit_rate:.0%}",
        f"{found.environments:,.0f}",
        f"{found.refused:.1%}",
        f"{found.cold:.2%}",
        f"{found.median_ms:.0f} ms",
        f"{found.p95_ms:.0f} ms",
        f"{found.dollars:,.2f}",
        found.breaks,
    )


def _backfills(setup: Setup) -> Table:
    rows = []
    for concurrency in CONCURRENCY:
        deployment = replace(setup.deployment, ingest_concurrency=concurrency)
        row = [f"{concurrency:,}"]
        for seconds in (setup.measured.ingest, setup.measured.publish):
            found = backfill(RASTERS, seconds, replace(setup, deployment=deployment))
            row += [f"{found.hours:,.1f}", f"{found.dollars:,.0f}"]
        rows.append(row)
    return Table(
        f"A backfill of {RASTERS:,} rasters",
        ("IngestConcurrency", "small: hours", "dollars", "large: hours", "dollars"),
        rows,
        "Small: 256 x 256 pixels, a COG that is copied. Large: 43,200 x 21,600 pixels, rewritten. "
        "Each at a time holds a database connection; registrations of one product wait for each "
        "other. The database is counted at its most capacity.",
    )


def _million() -> Table:
    """Measured once by hand, on PostgreSQL with a million generated datasets."""
    return Table(
        "PostgreSQL with 1,000,000 datasets",
        ("what", "time"),
        [
            ("a tile, a registration, a page of `/datasets` near its begin", "as among 1,000"),
            ("the start page `/`, which groups all datasets", "0.6 to 1 s"),
            ("the same with a search", "3.5 s"),
            ("`/datasets?page=9000`, which reads what comes before", "1.7 s"),
        ],
        '`make bench ARGS="--only many-datasets"` measures the first line; the others were '
        "measured by hand on 2026-11-24, and are what docs/security.md says about large archives.",
    )


def _check(run: Run) -> Table:
    rows = [
        (
            _kind(check.viewers),
            f"{check.model.rate:.0f}",
            f"{check.seen.rate:.0f}",
            f"{1e3 * check.model.median:.1f} ms",
            f"{1e3 * check.seen.median:.1f} ms",
            f"{1e3 * check.model.p95:.1f} ms",
            f"{1e3 * check.seen.p95:.1f} ms",
            ", ".join(f"{name} {error:+.0%}" for name, error in check.errors.items()),
        )
        for check in run.checks
    ]
    header = (
        *("viewers", "tiles a second, model", "measured", "median, model", "measured"),
        *("95 %, model", "measured", "the model is off by"),
    )
    return Table("The model against the local system", header, rows, _check_note(run))


def _check_note(run: Run) -> str:
    return (
        f"The local system with {run.workers} workers on {run.processors} processors, which the "
        "viewers share with it. The model (`benchmarks/scale/queueing.py`) is told what a "
        "request of one viewer or two costs, below, and how two get on; from that it simulates who "
        f"waits for what. It is off by up to {run.largest('rate'):.0%} in the rate, "
        f"{run.largest('median'):.0%} in the median and {run.largest('p95'):.0%} in the slowest 5 "
        f"%. Others took up to {run.others:.0%} of the processors meanwhile."
    )


def _kind(viewers: Viewers) -> str:
    if viewers.tiles == 1:
        return f"{viewers.number}, one tile after the other"
    return (
        f"{viewers.number} maps, views of {viewers.tiles} tiles over {viewers.connections} "
        f"connections, {viewers.pause:g} s between them"
    )


def _steps(run: Run) -> Table:
    rows = [
        (turn.room or "waiting", f"{1e3 * turn.seconds:.2f} ms", f"{1e3 * paused.seconds:.2f} ms")
        for turn, paused in zip(run.in_turn, run.maps, strict=True)
    ]
    note = (
        "After a pause the processors' caches have forgotten what a tile needs. With "
        f"{run.bound:.0%} of the steps waiting for a certain processor though another is free, two "
        "viewers get on as they did."
    )
    header = ("where", "one tile after the other", "maps")
    return Table("A request's steps on this machine", header, rows, note)


def _measured(run: Run) -> Table:
    rows = [
        (name.replace("_", " "), f"{value:,.6g}", f"{section}, {run.days[section]}")
        for name, value in asdict(run.measured).items()
        for section in [SECTIONS[name]]
    ]
    return Table("Measured", ("input", "value", "section of results.json"), rows)


SECTIONS = {
    **dict.fromkeys(("service", "service_p95", "cold_start", "api_mib"), "cold-start"),
    "s3_gets": "traffic",
    "tile_bytes": "speed",
    **dict.fromkeys(("ingest", "publish", "ingest_mib"), "ingestion"),
}


def _quoted() -> Table:
    rows = [
        (name.replace("_", " "), f"{quote.value:,.6g}", quote.unit, quote.source, quote.day)
        for figures in quotes().values()
        for name, quote in figures.items()
    ]
    header = ("input", "value", "unit", "source", "as of")
    return Table("Of AWS, from benchmarks/scale/aws.toml", header, rows)


def _assumed() -> Table:
    sources = {
        "template.yaml and zappa_settings.json": asdict(Deployment()),
        "assumed": {k: v for k, v in asdict(Audience(0)).items() if k != "viewers"},
    }
    rows = [
        (name.replace("_", " "), f"{value:,.6g}" if value is not True else "yes", source)
        for source, values in sources.items()
        for name, value in values.items()
    ]
    return Table("Settings and assumptions", ("input", "value", "source"), rows)
