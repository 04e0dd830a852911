"""Where our own tile spends its time: `python -m benchmarks.profile`, cProfile over many tiles.

Through the whole Lambda event path, or in process with `--way "in process"`. cProfile makes every
Python call dearer and no C call: read shares, not times.
"""

import pstats
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median
from tempfile import NamedTemporaryFile

import click

from benchmarks.catalogue import EVENT, IN_PROCESS, OURS, SHORT
from benchmarks.comparison import ZOOMS
from benchmarks.peer import Spec
from benchmarks.peers.__main__ import PROFILE
from benchmarks.site import Site, default_cache
from benchmarks.tiles import Tile, pick


@click.command()
@click.option("--way", type=click.Choice([EVENT, IN_PROCESS]), default=EVENT)
@click.option("--short", is_flag=True, help="/categorical instead of /singleband.")
@click.option("--tiles", default=300, help="How many, over all zooms.")
@click.option("--lines", default=45, help="How many functions to print.")
@click.option("--sort", type=click.Choice(["tottime", "cumtime"]), default="cumtime")
def main(way: str, short: bool, tiles: int, lines: int, sort: str) -> None:
    """Profiles our tiles in a peer of their own, after another has run them unprofiled."""
    with ExitStack() as stack, NamedTemporaryFile(suffix=".pstats") as file:
        site = Site(default_cache(), quick=True, raster=None, peer_python=Path(), stack=stack)
        environment = site.database("profile", site.main).environment()
        spec = site.catalogue(site.main, environment).terracotta(
            SHORT if short else OURS, way, True
        )
        chosen = _mixed(site.main.path, tiles)
        click.echo(f"median without profiler: {_median(site, spec, chosen):.2f} ms")
        profiled = replace(spec, environment={**spec.environment, PROFILE: file.name})
        click.echo(f"median under the profiler: {_median(site, profiled, chosen):.2f} ms")
        pstats.Stats(file.name).sort_stats(sort).print_stats(lines)


def _mixed(path: Path, count: int) -> list[Tile]:
    tiles = [tile for zoom in ZOOMS for tile in pick(path, zoom, -(-count // len(ZOOMS)))]
    Random(count).shuffle(tiles)
    return tiles


def _median(site: Site, spec: Spec, tiles: list[Tile]) -> float:
    (peer,) = site.start([spec])
    times = [peer.ask(tile).ms for tile in tiles]
    peer.finish()
    return median(times)


if __name__ == "__main__":
    main()
