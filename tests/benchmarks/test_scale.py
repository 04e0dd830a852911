from dataclasses import replace

import numpy as np
import pytest

from benchmarks.scale.__main__ import page
from benchmarks.scale.inputs import Audience, Deployment, Measured, Prices, Quotas
from benchmarks.scale.local import Load
from benchmarks.scale.model import backfill, closed, hit_rate, outcome, rush

MEASURED = Measured(service=0.02, tile_bytes=10_000, cold_start=1.5, ingest=2.0, cores=2)
NO_CDN = Deployment(cloudfront=False)


def test_an_empty_cache_hits_nothing_and_one_that_has_seen_all_hits_all() -> None:
    few = Audience(10, tiles=1000)
    assert hit_rate(few, 0) == 0
    assert hit_rate(few, 1e9) == pytest.approx(1)


def test_the_more_came_before_the_more_is_kept() -> None:
    rates = [hit_rate(Audience(10), before) for before in (1e2, 1e4, 1e6, 1e8)]
    assert rates == sorted(rates)
    assert 0 < rates[0] < rates[-1] <= 1


def test_groups_of_tiles_stand_for_each_of_them() -> None:
    ranks = np.arange(1, 50_001)
    shares = 1 / ranks / np.sum(1 / ranks)
    exact = np.sum(shares * (1 - np.exp(-shares * 1e4)))
    assert hit_rate(Audience(10, tiles=50_000), 1e4) == pytest.approx(exact, rel=1e-3)


def test_environments_grow_no_faster_than_lambda_makes_them_nor_past_the_limit() -> None:
    deployment = replace(NO_CDN, api_concurrency=120)
    seconds = list(rush(Audience(100_000, arrive_seconds=1), MEASURED, deployment, Quotas()))
    assert [second.environments for second in seconds[:3]] == [100, 120, 120]
    assert seconds[-1].refused > 0


def test_every_request_is_kept_served_or_refused() -> None:
    for second in rush(Audience(5_000), MEASURED, NO_CDN, Quotas()):
        assert second.served + second.refused == pytest.approx(second.asked)


@pytest.mark.parametrize(
    ("viewers", "deployment", "words"),
    [
        (10, NO_CDN, "nothing"),
        (100_000, NO_CDN, "API Gateway's throttle"),
        (100_000, Deployment(), "CloudFront's requests"),
        (3_000, replace(NO_CDN, max_acu=0.5), "MaxCapacity"),
        (3_000, replace(NO_CDN, api_concurrency=20), "ApiConcurrency"),
    ],
)
def test_what_gives_way_first(viewers: int, deployment: Deployment, words: str) -> None:
    found = outcome(Audience(viewers), MEASURED, deployment, Quotas(), Prices())
    assert words in found.breaks


def test_ten_times_the_viewers_cost_ten_times_as_much_where_nothing_is_kept() -> None:
    one, ten = (
        outcome(Audience(count), MEASURED, NO_CDN, Quotas(), Prices()) for count in (100, 1_000)
    )
    assert ten.dollars == pytest.approx(10 * one.dollars)


def test_a_backfill_takes_as_long_as_all_rasters_over_those_at_a_time() -> None:
    found = backfill(3_600, 2, MEASURED, Deployment(), Prices())
    assert found.hours == 1


def test_viewers_wait_for_servers_once_there_are_more_of_them() -> None:
    assert closed(1, 0.02, 2) == (50, 0.02)
    assert closed(8, 0.02, 2) == (100, 0.08)


def test_the_page_tells_all_sizes_and_sources() -> None:
    text = page(MEASURED, [Load(1, 50, 0.02), Load(8, 90, 0.09)])
    for words in ("100,000", "1,000,000 rasters", "measured in this run", "IngestConcurrency"):
        assert words in text
