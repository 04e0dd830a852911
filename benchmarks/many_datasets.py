"""What a million datasets cost: lists of them, the first tile of one, the registration of one."""

import time
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from tqdm import trange

from benchmarks.catalogue import SHORT
from benchmarks.database import Database
from benchmarks.figures import Goal, Summary, at_most, summarise
from benchmarks.peer import Dataset, Peer
from benchmarks.rasters import Recipe
from benchmarks.sections import Section
from benchmarks.site import Site
from benchmarks.subject import KEY_NAMES, KEYS, Subject
from benchmarks.tables import Table
from benchmarks.tiles import Tile, pick
from ingest.registration import Dataset as NewDataset
from ingest.registration import Registry
from ingest.statistics import Statistics

FEW, MANY = 1_000, 1_000_000
BOUND = 1.5
LISTS = {  # three of the ways to ask for a page; the fourth key had no index once
    "/datasets": "/datasets",
    "/datasets, of a date": "/datasets?date={date}",
    "/datasets, of a band": f"/datasets?band={KEYS[3]}",
}
TILE, REGISTRATION = "first tile of a dataset", "registration"
Times = dict[str, dict[int, list[float]]]  # {what: {datasets: milliseconds}}


def measure(site: Site) -> Section:
    """All of it, with few and with many datasets in turns."""
    subject, rounds = site.subject(Recipe(4_096, 4)), 20 if site.quick else 100
    databases = {count: site.database(f"many_{count}", subject) for count in (FEW, MANY)}
    for count, database in databases.items():
        site.say(f"  makes {count:,} datasets")
        database.grow(count)
    times = _times(site, subject, databases, rounds)
    found = {what: {n: _summary(ms) for n, ms in by.items()} for what, by in times.items()}
    return Section("many datasets", _figures(found), [_table(found)], _goals(found))


def _times(site: Site, subject: Subject, databases: Mapping[int, Database], rounds: int) -> Times:
    peers = {count: _peer(site, subject, database) for count, database in databases.items()}
    registries = {count: _registry(database) for count, database in databases.items()}
    dates = databases[FEW].dates(rounds)
    tiles, random = pick(subject.path, 13, rounds), Random(0)
    times: Times = {what: {FEW: [], MANY: []} for what in (*LISTS, TILE, REGISTRATION)}
    for number in trange(rounds, desc="  rounds"):
        for count in random.sample((FEW, MANY), 2):
            dataset = subject.dataset(date=dates[number])
            for what, ms in _peer_times(peers[count], tiles[number], dataset):
                times[what][count].append(ms)
            ms = _registration_ms(registries[count], subject, f"9{number:07}")
            times[REGISTRATION][count].append(ms)
    return times


def _peer(site: Site, subject: Subject, database: Database) -> Peer:
    (peer,) = site.start([site.catalogue(subject, database.environment()).terracotta(SHORT)])
    return peer


def _peer_times(peer: Peer, tile: Tile, dataset: Dataset) -> Sequence[tuple[str, float]]:
    lists = [(what, peer.get(url.format(date=dataset.keys[2])).ms) for what, url in LISTS.items()]
    return [*lists, (TILE, peer.ask(tile, dataset).ms)]


def _registry(database: Database) -> Registry:
    return Registry(database.admin_url, "postgresql", KEY_NAMES, "date", 30)


def _registration_ms(registry: Registry, subject: Subject, date: str) -> float:
    """A further date of the product that is there, with colours that it has."""
    dataset = NewDataset(
        keys=dict(zip(KEY_NAMES, (*KEYS[:2], date, KEYS[3]), strict=True)),
        path=f"s3://published/{date}.tif",
        statistics=Statistics.model_validate(subject.metadata),
        labels=tuple(item.label for item in subject.classes),
        given={},
        describe=lambda _: dict(subject.metadata["metadata"]),
    )
    began = time.perf_counter()
    registry.register(dataset, unchanged=lambda: None)
    return 1e3 * (time.perf_counter() - began)


def _summary(times: Sequence[float]) -> Summary:
    return summarise(times[2:], [0] * len(times[2:]))  # the first ones connect and warm up


def _figures(found: Mapping[str, Mapping[int, Summary]]) -> list[dict[str, Any]]:
    return [
        {"what": what, "datasets": count, "median_ms": s.median_ms, "p95_ms": s.p95_ms}
        for what, by_count in found.items()
        for count, s in by_count.items()
    ]


def _table(found: Mapping[str, Mapping[int, Summary]]) -> Table:
    rows = [
        (
            what,
            *(f"{by[n].median_ms:.2f} ms (p95 {by[n].p95_ms:.2f})" for n in (FEW, MANY)),
            f"x {_ratio(by):.2f}",
        )
        for what, by in found.items()
    ]
    header = ("median of", f"{FEW:,} datasets", f"{MANY:,} datasets", "times")
    return Table("What a million datasets cost", header, rows)


def _goals(found: Mapping[str, Mapping[int, Summary]]) -> list[Goal]:
    text = f"{{}} at {MANY:,} datasets over that at {FEW:,}"
    return [at_most(text.format(what), _ratio(by), BOUND) for what, by in found.items()]


def _ratio(by_count: Mapping[int, Summary]) -> float:
    return by_count[MANY].median_ms / by_count[FEW].median_ms
