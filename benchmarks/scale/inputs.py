"""What the simulation starts from: each figure with where it comes from.

AWS's figures are its documented defaults and list prices for us-east-1 as of QUOTED; quotas may be
raised on request, and prices differ by region.
"""

from dataclasses import dataclass

QUOTED = "June 2025"


@dataclass(frozen=True)
class Quotas:
    """Limits that AWS documents."""

    gateway_rps: float = 10_000  # API Gateway, account and region: requests a second
    gateway_burst: float = 5_000  # the same: its token bucket
    concurrency: int = 1_000  # Lambda, account and region: concurrent executions, by default
    scaling: float = 100  # Lambda: each function, 1,000 further environments every 10 seconds
    cdn_rps: float = 250_000  # CloudFront, each distribution: requests a second
    connections_per_acu: float = 2 * 2**30 / 9_531_392  # Aurora PostgreSQL: max_connections


@dataclass(frozen=True)
class Prices:
    """US dollars, list prices, without free tiers."""

    gateway_million: float = 3.50
    lambda_million: float = 0.20
    lambda_gb_second: float = 0.0000166667
    cdn_million: float = 1.00
    cdn_gb: float = 0.085
    gateway_gb: float = 0.09
    s3_get_million: float = 0.40
    s3_put_million: float = 5.00
    sqs_million: float = 0.40
    acu_hour: float = 0.12


@dataclass(frozen=True)
class Measured:
    """What this machine measured in the same run; times in seconds."""

    service: float
    tile_bytes: float
    cold_start: float
    ingest: float
    cores: int


@dataclass(frozen=True)
class Deployment:
    """What the template and zappa_settings.json say."""

    api_gb: float = 1.769
    ingest_gb: float = 3.008
    api_concurrency: int = 0  # ApiConcurrency; 0: the account's quota
    ingest_concurrency: int = 10  # IngestConcurrency
    max_acu: float = 8  # MaxCapacity
    cloudfront: bool = True


@dataclass(frozen=True)
class Audience:
    """How people look at maps; assumed, and the first thing to replace by figures of your own.

    A viewer moves the map every `move_seconds` and needs `move_tiles` that the browser has not.
    What they look at follows Zipf's law with exponent `zipf` over `tiles` tiles, which CloudFront
    keeps for `kept_seconds` (URLs with a version: as long as they are asked for). All come within
    `arrive_seconds`.
    """

    viewers: int
    move_seconds: float = 5
    move_tiles: float = 15
    tiles: int = 4_000_000
    zipf: float = 1.0
    kept_seconds: float = 86_400
    arrive_seconds: float = 60

    @property
    def rps(self) -> float:
        """Tiles a second, once all are there."""
        return self.viewers * self.move_tiles / self.move_seconds
