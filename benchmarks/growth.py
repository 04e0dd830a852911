"""How a tile's time grows with the classes, with the raster, with the datasets in the database."""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.catalogue import OURS, SHORT, STOCK
from benchmarks.figures import Goal, Summary, at_most
from benchmarks.peer import Dataset, Spec
from benchmarks.rasters import PIXEL, Recipe
from benchmarks.sections import Section
from benchmarks.series import interleave, summary
from benchmarks.site import Site
from benchmarks.subject import Subject
from benchmarks.tables import Table
from benchmarks.tiles import Tile, pick

CLASSES = (4, 40, 400)
SIDES = (2_048, 20_480, 43_200)
DATASETS = (100, 10_000, 100_000)
_WARM_UP = 2
Medians = dict[str, dict[int, Summary]]  # {peer: {classes, side or datasets: figures}}


def measure(site: Site) -> Section:
    """All three."""
    measured = {
        "classes": _classes(site),
        "side": _sides(site),
        **_datasets(site),
    }
    figures = [
        {"with": what, "at": at, "peer": peer, **vars(found)}
        for what, peers in measured.items()
        for peer, by_size in peers.items()
        for at, found in by_size.items()
    ]
    tables = [_table(what, peers) for what, peers in measured.items()]
    return Section("growth", figures, tables, _goals(measured))


def _classes(site: Site) -> Medians:
    """Rasters that differ in their classes only; Terracotta takes no more than 255 of them."""
    specs = []
    for count in CLASSES:
        subject = site.subject(Recipe(4_096, count))
        names = (OURS, SHORT, STOCK) if count < 255 else (OURS, SHORT)
        specs += _specs(site, subject, f"classes_{count}", names)
    return _series(site, specs, *_tiles(site, subject, 13), "classes")


def _sides(site: Site) -> Medians:
    """Rasters with the same middle, from which all tiles are."""
    specs = []
    for side in SIDES[:2] if site.quick else SIDES:
        subject = site.subject(Recipe(side))
        specs += _specs(site, subject, f"side_{side}", (OURS, STOCK))
    return _series(site, specs, *_tiles(site, subject, 14, SIDES[0] * PIXEL), "raster sizes")


def _datasets(site: Site) -> dict[str, Medians]:
    """Warm tiles of one dataset, and the first tile of one dataset after the other."""
    specs: list[Spec] = []
    subject = site.subject(Recipe(4_096, CLASSES[0]))
    databases = [site.database(f"datasets_{count}", subject) for count in DATASETS]
    for database, count in zip(databases, DATASETS, strict=True):
        database.grow(count)
        catalogue = site.catalogue(subject, database.environment())
        for name in (OURS, STOCK):
            specs.append(replace(catalogue.terracotta(name), variant=str(count)))
    known_to_all = databases[0].dates(_count(site))
    others = [subject.dataset(date=date) for date in known_to_all]
    tiles = _tiles(site, subject, 13)
    return {
        "datasets": _series(site, specs, *tiles, "datasets"),
        "datasets, first tile of each": _series(site, specs, *tiles, "first tiles", others),
    }


def _tiles(
    site: Site, subject: Subject, zoom: int, side_m: float | None = None
) -> tuple[list[Tile], list[Tile]]:
    """Tiles of that zoom to measure, and those of the next one to run up with."""
    tiles = pick(subject.path, zoom, _count(site), side_m)
    run_up = pick(subject.path, zoom + 1, site.run_up * len(tiles), side_m)
    return tiles, run_up


def _specs(site: Site, subject: Subject, name: str, names: Sequence[str]) -> list[Spec]:
    """titiler and those of `names` on a database of their own; the variant ends the name."""
    catalogue = site.catalogue(subject, site.database(name, subject).environment())
    specs = [catalogue.titiler(), *map(catalogue.terracotta, names)]
    return [replace(spec, variant=name.rpartition("_")[2]) for spec in specs]


def _series(
    site: Site,
    specs: Sequence[Spec],
    tiles: Sequence[Tile],
    run_up: Sequence[Tile],
    what: str,
    datasets: Sequence[Dataset] = (),
) -> Medians:
    peers = site.start(specs)
    interleave(peers, tiles[:_WARM_UP], "warm-up")
    measured = tiles[_WARM_UP:]
    answers = interleave(peers, measured, what, run_up, datasets)
    medians: Medians = {}
    for peer in peers:
        peer.finish()
        by_size = medians.setdefault(peer.spec.name, {})
        by_size[int(peer.spec.variant)] = summary(answers[peer.spec.id])
    return medians


def _count(site: Site) -> int:
    return (15 if site.quick else 60) + _WARM_UP


def _table(what: str, peers: Medians) -> Table:
    sizes = sorted({size for by_size in peers.values() for size in by_size})
    rows = [[peer, *_cells(by_size, sizes)] for peer, by_size in peers.items()]
    title = f"Median of a tile by {what}"
    return Table(title, ("peer", *(f"{size:,}" for size in sizes)), rows)


def _cells(by_size: dict[int, Summary], sizes: Sequence[int]) -> list[str]:
    smallest = by_size[sizes[0]].median_ms
    return [
        f"{found.median_ms:.2f} ms (x {found.median_ms / smallest:.2f})"
        if (found := by_size.get(size))
        else "impossible"
        for size in sizes
    ]


def _goals(measured: dict[str, Medians]) -> list[Goal]:
    def ratio(what: str, peer: str, small: int, large: int) -> float:
        by_size = measured[what][peer]
        return by_size[large].median_ms / by_size[small].median_ms

    classes = [
        at_most(f"time at 400 classes over that at 4, {peer}", ratio("classes", peer, 4, 400), 1.5)
        for peer in (OURS, SHORT)
    ]
    datasets = [
        at_most(f"time at 100,000 {what} over that at 100", ratio(what, OURS, 100, 100_000), 1.2)
        for what in measured
        if what.startswith("datasets")
    ]
    return [*classes, *datasets]
