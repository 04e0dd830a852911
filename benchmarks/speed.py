"""Warm tiles of one raster, side by side: time, bytes, exactness, memory."""

from collections.abc import Sequence
from random import Random

from tqdm import tqdm

from benchmarks.comparison import ZOOMS, Row, figures, goals, tables
from benchmarks.oracle import NOTHING, Share, expected, judge
from benchmarks.peer import Answer, Peer
from benchmarks.sections import Section
from benchmarks.series import Answers, interleave, summary
from benchmarks.site import Site
from benchmarks.subject import Subject
from benchmarks.tiles import Tile, pick, with_tiles

_WARM_UP = 2  # tiles a zoom; the very first is the cold one
_RUN_UP_ZOOM = 13  # none of ZOOMS, so that no tile is asked for twice


def measure(site: Site) -> Section:
    """All peers on the site's main raster."""
    database = site.database("speed", site.main)
    catalogue = site.catalogue(site.main, database.environment())
    peers = site.start(catalogue.few() if site.quick else catalogue.everybody())
    warm_up, tiles = _tiles(site.main, 10 if site.quick else 40)
    run_up = pick(site.main.path, _RUN_UP_ZOOM, site.run_up * len(tiles))
    first = interleave(peers, warm_up, "warm-up")
    answers = interleave(peers, tiles, "tiles", run_up)
    exact = _exact(site.main, tiles, answers)
    rows = [
        _row(peer, tiles, answers[peer.spec.id], exact[peer.spec.id], first[peer.spec.id][0].ms)
        for peer in peers
    ]
    return Section("speed", [figures(row, rows) for row in rows], tables(rows), goals(rows))


def _tiles(subject: Subject, count: int) -> tuple[list[Tile], list[Tile]]:
    """Tiles to warm up with and tiles to measure, all distinct, the zooms mixed."""
    zooms = with_tiles(subject.path, ZOOMS, _WARM_UP + 1)
    by_zoom = [pick(subject.path, zoom, count + _WARM_UP) for zoom in zooms]
    warm_up = [tile for tiles in by_zoom for tile in tiles[:_WARM_UP]]
    measured = [tile for tiles in by_zoom for tile in tiles[_WARM_UP:]]
    Random(len(measured)).shuffle(measured)
    return warm_up, measured


def _exact(
    subject: Subject, tiles: Sequence[Tile], answers: Answers
) -> dict[str, dict[int, Share]]:
    """{peer's id: {zoom: share of exact pixels}}."""
    zooms = sorted({tile.z for tile in tiles})
    shares = {peer: dict.fromkeys(zooms, NOTHING) for peer in answers}
    for number, tile in enumerate(tqdm(tiles, desc="  exactness", unit="tile", mininterval=1)):
        levels = list(expected(subject.path, tile, subject.rgb))
        for peer, given in answers.items():
            shares[peer][tile.z] += judge(given[number].png, levels)
    return shares


def _row(
    peer: Peer,
    tiles: Sequence[Tile],
    answers: Sequence[Answer],
    exact: dict[int, Share],
    first_ms: float,
) -> Row:
    pairs = list(zip(tiles, answers, strict=True))
    zooms = sorted({tile.z for tile in tiles})
    by_zoom = {z: summary([answer for tile, answer in pairs if tile.z == z]) for z in zooms}
    ready_ms = peer.ready["ready_ms"]
    return Row(peer.spec, summary(answers), by_zoom, exact, first_ms, ready_ms, peer.finish())
