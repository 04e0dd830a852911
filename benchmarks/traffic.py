"""What a tile costs elsewhere: statements to PostgreSQL, requests to S3; both seen by proxies."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from tqdm import tqdm

from benchmarks.catalogue import CREDENTIALS, OURS, SHORT, STOCK, Catalogue
from benchmarks.figures import Goal, at_most
from benchmarks.peer import Dataset, Peer, Spec
from benchmarks.proxy import CountingProxy, http_requests, is_query, sql_statements
from benchmarks.sections import Section
from benchmarks.site import Site
from benchmarks.tables import Table
from benchmarks.tiles import Tile, pick, with_tiles

_ZOOMS = (14, 12)  # the first has tiles smaller than a block of the file, the second larger ones
_FURTHER = 10  # tiles of each zoom
_OTHER = 1  # the one of them, at the last zoom, that is asked for of the other dataset too


@dataclass(frozen=True)
class Cost:
    """One tile's: statements to PostgreSQL, those of them that ask for data, requests to S3."""

    statements: int
    queries: int
    s3: Sequence[str]


@dataclass(frozen=True)
class Costs:
    """One peer's: a process's first tile, further ones by zoom, one of these of a new dataset."""

    peer: str
    cold: Cost
    further: Mapping[int, Sequence[Cost]]
    other: Cost

    @property
    def warm_statements(self) -> int:
        """The most that any of the further tiles sent to PostgreSQL."""
        return max(cost.statements for costs in self.further.values() for cost in costs)

    @property
    def opening_s3(self) -> int:
        """Requests to S3 that a dataset's first tile needs besides those for its pixels."""
        *_, last_zoom = self.further.values()
        return len(self.other.s3) - len(last_zoom[_OTHER].s3)

    def warm_s3(self, zoom: int) -> float:
        """Requests to S3 for one of the further tiles, median."""
        return median(len(cost.s3) for cost in self.further[zoom])


@dataclass(frozen=True)
class Meter:
    """The two proxies that every peer of this section goes through."""

    sql: CountingProxy
    s3: CountingProxy

    def cost(self, peer: Peer, tile: Tile, dataset: Dataset | None = None) -> Cost:
        """What one tile costs."""
        peer.ask(tile, dataset)
        statements, requests = self.sql.taken(), self.s3.taken()
        return Cost(len(statements), sum(map(is_query, statements)), requests)

    def environment(self) -> dict[str, str]:
        """What makes GDAL and boto3 ask S3 through the proxy."""
        endpoint = f"127.0.0.1:{self.s3.port}"
        return CREDENTIALS | {
            "AWS_ENDPOINT_URL": f"http://{endpoint}",
            "AWS_S3_ENDPOINT": endpoint,
            "AWS_HTTPS": "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",
        }


def measure(site: Site) -> Section:
    """Each peer in turn, with two datasets whose rasters lie on S3."""
    subject = site.main
    first, other = (
        subject.dataset(site.upload(subject, f"{date}.tif"), date)
        for date in ("20181010", "20191010")
    )
    database = site.database("traffic", subject, first, other)
    meter = Meter(
        CountingProxy("127.0.0.1", site.postgres.port, sql_statements),
        CountingProxy("127.0.0.1", site.aws.port, http_requests),
    )
    site.stack.callback(meter.sql.close)
    site.stack.callback(meter.s3.close)
    environment = database.environment(meter.sql.port) | meter.environment()
    zooms = with_tiles(subject.path, _ZOOMS, _FURTHER + 1)
    tiles = {zoom: pick(subject.path, zoom, _FURTHER + 1) for zoom in zooms}
    specs = _specs(site.catalogue(subject, environment, first))
    measured = [_costs(site, spec, tiles, meter, other) for spec in tqdm(specs, desc="  peers")]
    figures = [asdict(costs) for costs in measured]
    return Section("traffic", figures, [_table(measured)], _goals(measured))


def _specs(catalogue: Catalogue) -> list[Spec]:
    ours_and_stock = [catalogue.terracotta(name, credentials=True) for name in (OURS, SHORT, STOCK)]
    return [*ours_and_stock, catalogue.titiler(), catalogue.rio_tiler()]


def _costs(
    site: Site, spec: Spec, tiles: Mapping[int, Sequence[Tile]], meter: Meter, other: Dataset
) -> Costs:
    (peer,) = site.start([spec])
    first, *_ = tiles.values()
    *_, last = tiles.values()
    costs = Costs(
        spec.name,
        cold=meter.cost(peer, first[0]),
        further={
            zoom: [meter.cost(peer, tile) for tile in same[1:]] for zoom, same in tiles.items()
        },
        other=meter.cost(peer, last[1:][_OTHER], other),
    )
    peer.finish()
    return costs


def _table(measured: Sequence[Costs]) -> Table:
    header = (
        "peer", "SQL, first tile of a process", "SQL, first of a dataset", "SQL, next",
        "S3, first of a dataset", "S3, to open it",
        *(f"S3, next at z{zoom}" for zoom in measured[0].further),
    )  # fmt: skip
    rows = [
        (
            costs.peer,
            f"{costs.cold.statements} ({costs.cold.queries})",
            f"{costs.other.statements} ({costs.other.queries})",
            f"{costs.warm_statements}",
            f"{len(costs.cold.s3)}",
            f"{costs.opening_s3}",
            *(f"{costs.warm_s3(zoom):g}" for zoom in costs.further),
        )
        for costs in measured
    ]
    note = (
        "SQL: all statements sent to PostgreSQL; in brackets without those that open a connection "
        "or bound a transaction. S3, to open it: what a dataset's first tile asks for besides "
        f"pixels, at z{list(measured[0].further)[-1]}. Next: of {_FURTHER} further tiles a zoom "
        "the most statements "
        "and the median of the requests; tiles over several rows of the file's blocks need more."
    )
    return Table("Statements to PostgreSQL and requests to S3", header, rows, note)


def _goals(measured: Sequence[Costs]) -> list[Goal]:
    goals = []
    for costs in measured:
        if costs.peer in (OURS, SHORT):
            zoom = next(iter(costs.further))
            goals += [
                at_most(f"SQL statements on a warm tile, {costs.peer}", costs.warm_statements, 0),
                at_most(
                    f"SQL on a cold one besides connecting, {costs.peer}", costs.cold.queries, 4
                ),
                at_most(
                    f"S3 requests, a dataset's first tile, {costs.peer}", len(costs.cold.s3), 2
                ),
                at_most(f"S3 requests to open a dataset, {costs.peer}", costs.opening_s3, 1),
                at_most(f"S3 requests, the next at z{zoom}, {costs.peer}", costs.warm_s3(zoom), 1),
            ]
    return goals
