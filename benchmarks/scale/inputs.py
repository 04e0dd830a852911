"""What the simulation starts from: each figure with where it comes from."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

HERE = Path(__file__).parent
AWS = HERE / "aws.toml"
RESULTS = HERE.parent / "results.json"


@dataclass(frozen=True)
class Quotas:
    """What AWS allows by default; aws.toml says in which units, and who says so."""

    gateway_rps: float
    gateway_burst: float
    concurrency: float
    scaling: float
    cdn_rps: float
    connections_per_acu: float
    most_connections: float
    s3_seconds: float


@dataclass(frozen=True)
class Prices:
    """US dollars, list prices, without free tiers; units and sources in aws.toml."""

    gateway_million: float
    gateway_gb: float
    lambda_million: float
    lambda_gb_second: float
    cdn_million: float
    cdn_gb: float
    s3_get_million: float
    s3_put_million: float
    sqs_million: float
    acu_hour: float


@dataclass(frozen=True)
class Quote:
    """One figure of aws.toml."""

    value: float
    unit: str
    source: str
    day: str


def quotes(path: Path = AWS) -> dict[str, dict[str, Quote]]:
    """All figures of aws.toml: {"prices" or "quotas": {name: quote}}."""
    content = tomllib.loads(path.read_text())
    return {
        part: {name: Quote(**quote) for name, quote in figures.items()}
        for part, figures in content.items()
    }


def quoted(path: Path = AWS) -> tuple[Quotas, Prices]:
    """The figures of aws.toml for the model. A missing or unknown one is a TypeError."""
    values = {
        part: {name: quote.value for name, quote in figures.items()}
        for part, figures in quotes(path).items()
    }
    return Quotas(**values["quotas"]), Prices(**values["prices"])


@dataclass(frozen=True)
class Measured:
    """What `make bench` measured; times in seconds, memory in MiB.

    `service` is a warm tile from S3 in AWS's runtime emulator, on a machine whose S3 answers at
    once, `service_p95` what 95 of 100 stay below; a tile sends `s3_gets` requests to S3. `ingest`
    is a raster of 256 x 256 pixels that is copied, `publish` one of 43,200 x 21,600 that is
    rewritten.
    """

    service: float
    service_p95: float
    s3_gets: float
    tile_bytes: float
    cold_start: float
    api_mib: float
    ingest: float
    publish: float
    ingest_mib: float

    @classmethod
    def of(cls, results: Mapping[str, Any]) -> "Measured":
        """From what results.json holds."""
        figures = {name: section["figures"] for name, section in results["sections"].items()}
        start = _one(figures["cold-start"], peer="ours")
        tile = _one(
            figures["speed"], peer="ours, /categorical", way="Lambda event", credentials=True
        )
        further = _one(figures["traffic"], peer="ours, /categorical")["further"]
        publish = next(each for each in figures["ingestion"] if "rewriting" in each.get("what", ""))
        burst = next(each for each in figures["ingestion"] if "workers_rate" in each)
        return cls(
            service=start["warm_ms"] / 1e3,
            service_p95=start["warm_p95_ms"] / 1e3,
            s3_gets=mean(len(tile["s3"]) for tiles in further.values() for tile in tiles),
            tile_bytes=tile["mean_bytes"],
            cold_start=start["start_ms"] / 1e3,
            api_mib=start["peak_mib"],
            ingest=burst["workers"] / burst["workers_rate"],
            publish=publish["seconds"],
            ingest_mib=publish["peak_mib"],
        )


def _one(figures: list[dict[str, Any]], **like: object) -> dict[str, Any]:
    return next(each for each in figures if like.items() <= each.items())


def results() -> dict[str, Any]:
    """results.json."""
    return dict(json.loads(RESULTS.read_text()))


@dataclass(frozen=True)
class Deployment:
    """What the template and zappa_settings.json say."""

    api_gb: float = 1769 / 1024
    ingest_gb: float = 3008 / 1024
    api_concurrency: int = 0  # ApiConcurrency; 0: the account's quota
    ingest_concurrency: int = 10  # IngestConcurrency
    max_acu: float = 8  # MaxCapacity
    cloudfront: bool = True


@dataclass(frozen=True)
class Setup:
    """All that an outcome depends on besides the audience."""

    measured: Measured
    deployment: Deployment
    quotas: Quotas
    prices: Prices

    @property
    def service(self) -> float:
        """Seconds of a tile in Lambda: as measured, and the wait for S3."""
        return self.measured.service + self.s3_wait

    @property
    def s3_wait(self) -> float:
        """Seconds of it that S3 takes in AWS; on one machine it takes none."""
        return self.measured.s3_gets * self.quotas.s3_seconds

    @property
    def concurrency(self) -> float:
        """Environments that the tile API may have."""
        return self.deployment.api_concurrency or self.quotas.concurrency

    @property
    def connections(self) -> float:
        """What PostgreSQL takes at its most capacity."""
        most = self.deployment.max_acu * self.quotas.connections_per_acu
        return min(most, self.quotas.most_connections)


@dataclass(frozen=True)
class Audience:
    """How people look at maps; assumed, and the first thing to replace by figures of your own.

    A viewer moves the map every `move_seconds` and needs `move_tiles` that the browser has not,
    `parallel` of them at a time: all with HTTP/2, 6 with HTTP/1.1. What they look at follows Zipf's
    law with exponent `zipf` over `tiles` tiles, which CloudFront keeps for `kept_seconds` (URLs
    with a version: as long as they are asked for). All come within `arrive_seconds`.
    """

    viewers: int
    move_seconds: float = 5
    move_tiles: float = 15
    parallel: float = 15
    tiles: int = 4_000_000
    zipf: float = 1.0
    kept_seconds: float = 86_400
    arrive_seconds: float = 60

    @property
    def rps(self) -> float:
        """Tiles a second, once all are there."""
        return self.viewers * self.move_tiles / self.move_seconds
