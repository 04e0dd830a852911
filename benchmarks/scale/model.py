"""The simulation, second by second, pure: viewers, CloudFront, API Gateway, Lambda, PostgreSQL.

In each second of a rush some requests come. CloudFront answers those for tiles that it has kept.
API Gateway lets through what its token bucket allows. Each of the rest has an environment of the
function for itself as long as it takes. A browser asks for many tiles at once, so far more
environments are busy at times than on average; what is wanted is made as fast as Lambda makes it,
and what finds none is throttled (429, as API Gateway says 500 or 502 in Lambda's stead). Each
environment holds a database connection as long as it lives.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale.inputs import Audience, Setup

_SECONDS = 180
_SELDOM = 1e-4  # of the time more environments may be wanted than are counted
_INGEST_GETS, _INGEST_PUTS = 10, 3  # an object read, three written, some looked at


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
    cold: float
    median_ms: float
    p95_ms: float
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


def most_at_once(mean: float, together: float) -> float:
    """How many requests are under way at most, but for `_SELDOM` of the time, where `mean` are on
    average and they come `together` in groups: a Poisson number of groups (M/G/∞ with batches).
    """
    return together * max(1, _poisson_quantile(mean / together)) if mean else 0.0


def _poisson_quantile(mean: float) -> float:
    """The number that a Poisson variable exceeds with probability `_SELDOM` at most."""
    if mean > 500:
        return math.ceil(mean + 3.72 * math.sqrt(mean))  # the normal distribution's quantile
    number, probability = 0, math.exp(-mean)
    below = probability
    while below < 1 - _SELDOM:
        number += 1
        probability *= mean / number
        below += probability
    return number


def rush(audience: Audience, setup: Setup) -> Iterator[Second]:
    """The seconds of a rush that begins with nothing warm, and CloudFront empty."""
    quotas, cloudfront = setup.quotas, setup.deployment.cloudfront
    environments, tokens, before = 0.0, quotas.gateway_burst, 0.0
    for second in range(_SECONDS):
        asked = audience.rps * min(1.0, (second + 1) / audience.arrive_seconds)
        reached = min(asked, quotas.cdn_rps) if cloudfront else asked
        kept = min(before, asked * audience.kept_seconds) if cloudfront else 0.0
        missed, before = reached * (1 - hit_rate(audience, kept)), before + reached
        passed = min(missed, tokens + quotas.gateway_rps)
        tokens = min(quotas.gateway_burst, tokens + quotas.gateway_rps - passed)
        together = 1 + (audience.parallel - 1) * missed / asked
        wanted = math.ceil(round(most_at_once(passed * setup.service, together), 6))
        most = min(wanted, setup.concurrency, environments + quotas.scaling)
        made = max(0.0, most - environments)
        environments += made
        served = passed * min(1.0, environments / wanted) if wanted else 0.0
        yield Second(asked, missed, served, asked - reached + missed - served, made, environments)


def outcome(audience: Audience, setup: Setup) -> Outcome:
    """A rush, and what an hour of its last second costs."""
    seconds = list(rush(audience, setup))
    last, most = seconds[-1], max(second.environments for second in seconds)
    asked, served, refused, cold = (
        sum(getattr(second, name) for second in seconds)
        for name in ("asked", "served", "refused", "cold")
    )
    cloudfront, measured = setup.deployment.cloudfront, setup.measured
    reached = min(last.asked, setup.quotas.cdn_rps) if cloudfront else last.asked
    return Outcome(
        rps=audience.rps,
        hit_rate=1 - last.missed / reached,
        environments=most,
        connections_free=setup.connections - most,
        refused=refused / asked,
        cold=min(1.0, cold / served),
        median_ms=1e3 * setup.service,
        p95_ms=1e3 * (measured.service_p95 + setup.s3_wait),
        dollars=_dollars(last, setup),
        breaks=_breaks(audience, seconds, setup),
    )


def _dollars(second: Second, setup: Setup) -> float:
    """An hour like this second."""
    answered, hour = (second.asked - second.refused) * 3600, 3600 * second.served
    prices, measured = setup.prices, setup.measured
    each = prices.gateway_million + prices.lambda_million + measured.s3_gets * prices.s3_get_million
    work = hour * setup.service * setup.deployment.api_gb * prices.lambda_gb_second
    volume = answered * measured.tile_bytes / 1e9
    if not setup.deployment.cloudfront:
        return hour / 1e6 * each + work + volume * prices.gateway_gb
    delivered = answered / 1e6 * prices.cdn_million + volume * prices.cdn_gb
    return hour / 1e6 * each + work + delivered


def _breaks(audience: Audience, seconds: Sequence[Second], setup: Setup) -> str:
    """What gives way first, and what to turn."""
    most = max(second.environments for second in seconds)
    refused = any(second.refused > 0 for second in seconds)
    if setup.measured.api_mib > 1024 * setup.deployment.api_gb:
        return "memory: memory_size in zappa_settings.json"
    if setup.deployment.cloudfront and audience.rps > setup.quotas.cdn_rps:
        return "CloudFront's requests a second: ask AWS for more"
    if max(second.missed for second in seconds) > setup.quotas.gateway_rps:
        return "API Gateway's throttle: CloudFront in front (ApiId), then ask AWS for more"
    if most > setup.connections:
        return "database connections: MaxCapacity, or Proxy=true"
    if most >= setup.concurrency and refused:
        return "concurrent executions: ApiConcurrency, then ask AWS for more"
    return "Lambda's pace of making environments" if refused else "nothing"


@dataclass(frozen=True)
class Backfill:
    """A backfill: hours until all is registered, dollars."""

    hours: float
    dollars: float


def backfill(rasters: int, seconds: float, setup: Setup) -> Backfill:
    """Rasters that took so many seconds each on this machine, IngestConcurrency at a time."""
    deployment, prices = setup.deployment, setup.prices
    each = seconds + (_INGEST_GETS + _INGEST_PUTS) * setup.quotas.s3_seconds
    hours = rasters * each / deployment.ingest_concurrency / 3600
    work = rasters * each * deployment.ingest_gb * prices.lambda_gb_second
    # each raster: an event sent, received and deleted
    million = prices.lambda_million + 3 * prices.sqs_million
    million += _INGEST_GETS * prices.s3_get_million + _INGEST_PUTS * prices.s3_put_million
    database = hours * deployment.max_acu * prices.acu_hour
    return Backfill(hours, work + rasters / 1e6 * million + database)
