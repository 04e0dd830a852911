"""`make scale`: measures, simulates, and writes docs/scale.md."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import click

from benchmarks.scale.inputs import Measured, results
from benchmarks.scale.local import (
    IN_TURN,
    MAP,
    MAPS,
    ONE,
    TWO,
    WORKERS,
    bound,
    machine,
    measure,
    quietest,
    seen,
)
from benchmarks.scale.page import PAGE, RUN, Check, Run, page, read, write
from benchmarks.scale.queueing import simulate

SIMULATED = 60.0


@click.command()
@click.option("--seconds", default=2.0, show_default=True, help="Of load for each round.")
@click.option("--rounds", default=8, show_default=True, help="Of each kind of viewers.")
@click.option("--known", is_flag=True, help="Measure nothing: take what the last run found.")
@click.option("--out", default=PAGE, type=click.Path(path_type=Path), help="The page to write.")
def main(seconds: float, rounds: int, known: bool, out: Path) -> None:
    """Says what 10 to 100,000 viewers and a backfill come to, and writes the page about it."""
    run = with_results(read() if known else found(seconds, rounds))
    write(run, RUN if out == PAGE else out.with_suffix(".json"))
    text = page(run)
    out.write_text(text)
    click.echo(text)


def found(seconds: float, rounds: int) -> Run:
    """What this machine shows now."""
    quiet = quietest(measure(seconds, rounds))
    share = bound(quiet, SIMULATED / 4)
    in_turn, maps = machine(quiet, ONE, TWO, share), machine(quiet, MAP, bound=share)
    checks = [
        Check(viewers, simulate(model, viewers, SIMULATED, Random(1)), seen(quiet, viewers))
        for model, kinds in ((in_turn, IN_TURN), (maps, MAPS))
        for viewers in kinds
    ]
    return Run(
        day=datetime.now(UTC).date().isoformat(),
        days={},
        measured=Measured.of(results()),
        processors=in_turn.processors,
        workers=WORKERS,
        in_turn=in_turn.route,
        maps=maps.route,
        bound=share,
        checks=checks,
        others=max(each.others for each in quiet),
    )


def with_results(run: Run) -> Run:
    """The run with what results.json holds now."""
    known = results()
    days = {name: section["day"] for name, section in known["sections"].items()}
    return replace(run, measured=Measured.of(known), days=days)


if __name__ == "__main__":
    main()
