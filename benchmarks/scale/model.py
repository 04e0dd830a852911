"""The simulation, second by second, pure: viewers, CloudFront, API Gateway, Lambda, PostgreSQL.

In each second of a rush some requests come. CloudFront answers those for tiles that it has kept.
API Gateway lets through what its token bucket allows. The rest needs environments of the function:
busy ones by Little's law (requests a second times seconds each), new ones as fast as Lambda makes
them; what finds none is throttled (429, as API Gateway says 500 or 502 in Lambda's stead). Each
environment holds a database connection as long as it lives.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale.inputs import Audience, Deployment, Measured, Prices, Quotas

_SECONDS = 180
_HEADROOM = 1.3  # environments over the mean number of busy ones, as arrivals are not even


@dataclass(frozen=True)
class Second:
    """One second of a rush; rates in requests a second."""

    asked: float
    missed: float
    served: float
    refused: float
    cold: float
    environments: float


@dataclass(frozen=True)
class Outcome:
    """What a rush comes to; latencies in milliseconds at the API, dollars for an hour of all."""

    rps: float
    hit_rate: float
    environments: float
    connections_free: float
    refused: float
    median_ms: float
    p99_ms: float
    dollars: float
    breaks: str


def hit_rate(audience: Audience, requests: float) -> float:
    """Share of requests that a cache answers, by Che's approximation.

    `requests` are those that came before, and that it has not forgotten yet: a tile with share p of
    all is there unless none of them was for it.
    """
    tiles, share = _shares(audience.tiles, audience.zipf)
    return float(np.sum(tiles * share * -np.expm1(-share * requests)))


@cache
def _shares(tiles: int, zipf: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Groups of tiles asked for about as often: how many they are, the mean share of each."""
    weights = np.arange(1, tiles + 1, dtype=float) ** -zipf
    starts = np.unique(np.geomspace(1, tiles, 2000).astype(int)) - 1
    sizes = np.diff(np.append(starts, tiles)).astype(float)
    return sizes, np.add.reduceat(weights, starts) / weights.sum() / sizes


def rush(
    audience: Audience, measured: Measured, deployment: Deployment, quotas: Quotas
) -> Iterator[Second]:
    """The seconds of a rush that begins with nothing warm, and CloudFront empty."""
    limit = deployment.api_concurrency or quotas.concurrency
    environments, tokens, before = 0.0, quotas.gateway_burst, 0.0
    for second in range(_SECONDS):
        arrived = min(1.0, (second + 1) / audience.arrive_seconds)
        asked = audience.rps * arrived
        reached = min(asked, quotas.cdn_rps) if deployment.cloudfront else asked
        kept = min(before, asked * audience.kept_seconds) if deployment.cloudfront else 0.0
        missed, before = reached * (1 - hit_rate(audience, kept)), before + reached
        tokens = min(quotas.gateway_burst, tokens + quotas.gateway_rps)
        passed = min(missed, tokens)
        tokens -= passed
        wanted = math.ceil(passed * measured.service * _HEADROOM)
        made = max(0.0, min(wanted, limit, environments + quotas.scaling) - environments)
        environments += made
        room = environments / measured.service / _HEADROOM
        served = min(passed, room)
        yield Second(asked, missed, served, asked - reached + missed - served, made, environments)


def outcome(
    audience: Audience,
    measured: Measured,
    deployment: Deployment,
    quotas: Quotas,
    prices: Prices,
) -> Outcome:
    """A rush, and what an hour of its last second costs."""
    seconds = list(rush(audience, measured, deployment, quotas))
    last, most = seconds[-1], max(second.environments for second in seconds)
    connections = deployment.max_acu * quotas.connections_per_acu
    asked = sum(second.asked for second in seconds)
    served = sum(second.served for second in seconds)
    cold = sum(second.cold for second in seconds) / max(1, served)
    reached = min(last.asked, quotas.cdn_rps) if deployment.cloudfront else last.asked
    return Outcome(
        rps=audience.rps,
        hit_rate=1 - last.missed / reached,
        environments=most,
        connections_free=connections - most,
        refused=sum(second.refused for second in seconds) / asked,
        median_ms=1e3 * measured.service,
        p99_ms=1e3 * (measured.service + (measured.cold_start if cold > 0.01 else 0)),
        dollars=_dollars(last, measured, deployment, prices),
        breaks=_breaks(audience, last, most, connections, deployment, quotas),
    )


def _dollars(second: Second, measured: Measured, deployment: Deployment, prices: Prices) -> float:
    """An hour like this second."""
    answered, hour = (second.asked - second.refused) * 3600, 3600 * second.served
    requests = hour / 1e6 * (prices.gateway_million + prices.lambda_million + prices.s3_get_million)
    work = hour * measured.service * deployment.api_gb * prices.lambda_gb_second
    volume = answered * measured.tile_bytes / 1e9
    if not deployment.cloudfront:
        return requests + work + volume * prices.gateway_gb
    return requests + work + answered / 1e6 * prices.cdn_million + volume * prices.cdn_gb


def _breaks(
    audience: Audience,
    last: Second,
    most: float,
    connections: float,
    deployment: Deployment,
    quotas: Quotas,
) -> str:
    """What gives way first, and what to turn."""
    limit = deployment.api_concurrency or quotas.concurrency
    if deployment.cloudfront and audience.rps > quotas.cdn_rps:
        return "CloudFront's requests a second: ask AWS for more"
    if last.missed > quotas.gateway_rps:
        return "API Gateway's throttle: CloudFront in front (ApiId), then ask AWS for more"
    if most > connections:
        return "database connections: MaxCapacity, or Proxy=true"
    if most >= limit and last.refused:
        return "concurrent executions: ApiConcurrency, then ask AWS for more"
    return "nothing"


@dataclass(frozen=True)
class Backfill:
    """A backfill: hours until all is registered, dollars, what bounds it."""

    hours: float
    dollars: float


def backfill(
    rasters: int, concurrency: int, measured: Measured, deployment: Deployment, prices: Prices
) -> Backfill:
    """Rasters of the measured size, through the queue, so many at a time."""
    hours = rasters * measured.ingest / concurrency / 3600
    work = rasters * measured.ingest * deployment.ingest_gb * prices.lambda_gb_second
    # each raster: an event received and deleted; one object read, three written, some looked at
    requests = rasters / 1e6 * (prices.lambda_million + 3 * prices.sqs_million)
    requests += rasters / 1e6 * (10 * prices.s3_get_million + 3 * prices.s3_put_million)
    return Backfill(hours, work + requests + hours * deployment.max_acu * prices.acu_hour)


def closed(viewers: int, service: float, servers: int) -> tuple[float, float]:
    """Requests a second and seconds each, where viewers wait for an answer before they ask again.

    Each of so many servers does one request at a time; the asymptotes of a closed queue.
    """
    rate = min(viewers, servers) / service
    return rate, viewers / rate
