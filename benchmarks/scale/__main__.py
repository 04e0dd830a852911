"""`make scale`: measures, simulates, and writes docs/scale.md."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from benchmarks.scale.inputs import QUOTED, Audience, Deployment, Measured, Prices, Quotas
from benchmarks.scale.local import WORKERS, Load, measure, system
from benchmarks.scale.model import Outcome, backfill, closed, outcome
from benchmarks.tables import Table, markdown

PAGE = Path(__file__).parents[2] / "docs/scale.md"
VIEWERS = (10, 1_000, 100_000)
RASTERS = 1_000_000
CONCURRENCY = (10, 100, 1_000)


@click.command()
@click.option("--seconds", default=8.0, show_default=True, help="Of load for each check.")
@click.option("--out", default=PAGE, type=click.Path(path_type=Path), help="The page to write.")
def main(seconds: float, out: Path) -> None:
    """Says what 10 to 100,000 viewers and a backfill come to, and writes the page about it."""
    with system() as addresses:
        measured, loads = measure(addresses, seconds)
    text = page(measured, loads)
    out.write_text(text)
    click.echo(text)


def page(measured: Measured, loads: Sequence[Load]) -> str:
    """The page in Markdown."""
    tables = [
        _viewers(measured, True),
        _viewers(measured, False),
        _backfills(measured),
        _check(measured, loads),
        _inputs(measured),
    ]
    return (
        "\n\n".join(
            [
                _INTRO.format(day=datetime.now(UTC).date(), acu=Prices().acu_hour),
                *map(markdown, tables),
            ]
        )
        + "\n"
    )


_INTRO = """# What many viewers and a large archive come to

Written by `make scale` on {day}. A simulation in `benchmarks/scale` goes second by second through a
rush: all viewers come within a minute, and nothing is warm. Its inputs are measured on one machine
or documented by AWS, and stand below; how people look at maps is assumed. Nothing here was measured
in AWS. Dollars are for an hour of that many viewers at their maps all the time, without the
database, which costs {acu:g} dollars an hour for each ACU in use."""


def _viewers(measured: Measured, cloudfront: bool) -> Table:
    deployment = Deployment(cloudfront=cloudfront)
    found = [
        outcome(Audience(count), measured, deployment, Quotas(), Prices()) for count in VIEWERS
    ]
    rows = [_row(count, each) for count, each in zip(VIEWERS, found, strict=True)]
    title = f"Viewers, {'with' if cloudfront else 'without'} CloudFront"
    header = (
        *("viewers", "tiles a second", "from CloudFront", "environments", "refused"),
        *("median", "p99", "dollars an hour", "gives way first, and what to turn"),
    )
    return Table(title, header, rows)


def _row(viewers: int, found: Outcome) -> tuple[str, ...]:
    return (
        f"{viewers:,}",
        f"{found.rps:,.0f}",
        f"{found.hit_rate:.0%}",
        f"{found.environments:,.0f}",
        f"{found.refused:.1%}",
        f"{found.median_ms:.0f} ms",
        f"{found.p99_ms:.0f} ms",
        f"{found.dollars:,.2f}",
        found.breaks,
    )


def _backfills(measured: Measured) -> Table:
    rows = []
    for concurrency in CONCURRENCY:
        deployment = replace(Deployment(), ingest_concurrency=concurrency)
        found = backfill(RASTERS, concurrency, measured, deployment, Prices())
        rows.append((f"{concurrency:,}", f"{found.hours:,.1f}", f"{found.dollars:,.0f}"))
    return Table(
        f"A backfill of {RASTERS:,} rasters like the demo's",
        ("IngestConcurrency", "hours", "dollars"),
        rows,
        "Each holds a database connection; registrations of one product wait for each other. The "
        "database is counted at its most capacity.",
    )


def _check(measured: Measured, loads: Sequence[Load]) -> Table:
    servers = min(WORKERS, measured.cores)
    rows = []
    for load in loads:
        rate, seconds = closed(load.viewers, measured.service, servers)
        rows.append(
            (
                f"{load.viewers}",
                f"{rate:.0f}",
                f"{load.rate:.0f}",
                f"{1e3 * seconds:.1f} ms",
                f"{1e3 * load.seconds:.1f} ms",
            )
        )
    return Table(
        "The model against the local system",
        ("viewers", "tiles a second, model", "measured", "time of a tile, model", "measured"),
        rows,
        f"The local system with {WORKERS} workers on {measured.cores} processors. The model knows "
        "one viewer only, and lets as many requests go on at a time as there are processors. A "
        "part of a request's time is waiting, which others use, and gateway and viewers share the "
        "processors; so it is off either way.",
    )


def _inputs(measured: Measured) -> Table:
    sources = {
        "measured in this run": asdict(measured),
        f"AWS's documented default, {QUOTED}": asdict(Quotas()),
        f"AWS's list price, {QUOTED}": asdict(Prices()),
        "template.yaml and zappa_settings.json": asdict(Deployment()),
        "assumed": {k: v for k, v in asdict(Audience(0)).items() if k != "viewers"},
    }
    rows = [
        (name.replace("_", " "), f"{value:,.6g}" if value is not True else "yes", source)
        for source, values in sources.items()
        for name, value in values.items()
    ]
    return Table("Inputs", ("input", "value", "source"), rows)


if __name__ == "__main__":
    main()
