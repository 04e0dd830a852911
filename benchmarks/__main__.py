"""`make bench`: ours beside Terracotta, titiler and rio-tiler, on this machine, in one run."""

import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import click

from benchmarks import (
    cold_start,
    growth,
    ingestion,
    many_datasets,
    readme,
    report,
    speed,
    traffic,
)
from benchmarks.site import Site, default_cache

HERE = Path(__file__).parent
SECTIONS = {
    "speed": speed.measure,
    "growth": growth.measure,
    "traffic": traffic.measure,
    "many-datasets": many_datasets.measure,
    "cold-start": cold_start.measure,
    "ingestion": ingestion.measure,
}


@click.command()
@click.option("--quick", is_flag=True, help="A tenth of the tiles, about two minutes.")
@click.option("--raster", type=click.Path(exists=True, path_type=Path), help="A COG of your own.")
@click.option(
    "--run-up",
    default=3,
    show_default=True,
    type=click.IntRange(min=0),
    help="Tiles that are not counted, which a peer gets before each that is.",
)
@click.option("--only", multiple=True, type=click.Choice(list(SECTIONS)), help="These parts only.")
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    default=default_cache(),
    help="Where generated rasters are kept.",
)
@click.option(
    "--peer-python",
    type=click.Path(exists=True, path_type=Path),
    default=HERE.parent / ".venv-bench/bin/python",
    help="The interpreter that has titiler and rio-tiler.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=HERE,
    help="Folder of results.json, results.md.",
)
def main(
    quick: bool,
    raster: Path | None,
    run_up: int,
    only: tuple[str, ...],
    cache: Path,
    peer_python: Path,
    out: Path,
) -> None:
    """Compares tile servers for categorical rasters, and says which goals are reached."""
    with ExitStack() as stack:
        site = Site(cache, quick, raster, peer_python.absolute(), stack, run_up)
        measured = {name: _measure(name, site) for name in only or SECTIONS}
        document = report.write(out, measured)
    if "speed" in measured and not (quick or raster) and out == HERE:
        readme.update(HERE.parent / "README.md", out / "results.json")
    click.echo(document)


def _measure(name: str, site: Site) -> report.Measured:
    site.say(f"{name}:")
    began, load = time.monotonic(), os.getloadavg()[0]
    section = SECTIONS[name](site)
    run = report.Run(time.monotonic() - began, load, os.getloadavg()[0])
    return report.measured(site, section, run)


if __name__ == "__main__":
    sys.exit(main())
