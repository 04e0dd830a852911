"""`make soak`: is everything right, for ten minutes of a map's load, while the data change?"""

import os
import sys
from pathlib import Path

import click

from benchmarks.soak.report import write
from benchmarks.soak.run import Size, soak
from infra.local.__main__ import interruptible

HERE = Path(__file__).parents[1]
_SIZE = Size()


@click.command()
@click.option("--seconds", default=_SIZE.seconds, show_default=True, help="Of load.")
@click.option("--datasets", default=_SIZE.datasets, show_default=True, help="In the database.")
@click.option("--viewers", default=_SIZE.viewers, show_default=True, help="At maps, all at once.")
@click.option("--workers", default=_SIZE.workers, show_default=True, help="Of each function.")
@click.option("--ttl", default=_SIZE.ttl, show_default=True, help="HANDLER_DATASET_TTL, seconds.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, exists=True),
    default=HERE,
    help="Folder of soak.md and soak.png.",
)
def main(seconds: float, datasets: int, viewers: int, workers: int, ttl: float, out: Path) -> None:
    """Uses the whole system as maps do, judges each answer, and says whether all goals are met."""
    size = Size(seconds, datasets, viewers=viewers, workers=workers, ttl=ttl)
    interruptible()
    before = os.getloadavg()[0]
    seen = soak(size, lambda text: click.echo(f"{text} ...", err=True))
    click.echo(write(out, seen, size, (before, os.getloadavg()[0])))
    for answer in seen.faulty()[:20]:
        click.echo(f"faulty: {answer}", err=True)
    sys.exit(0 if all(goal.reached for goal in seen.goals()) else 1)


if __name__ == "__main__":
    main()
