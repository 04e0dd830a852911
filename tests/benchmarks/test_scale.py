import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from benchmarks.scale.inputs import (
    AWS,
    Audience,
    Deployment,
    Measured,
    Setup,
    quoted,
    quotes,
    results,
)
from benchmarks.scale.model import backfill, hit_rate, most_at_once, outcome, rush
from benchmarks.scale.page import PAGE, page, read, write
from benchmarks.scale.queueing import Load, Machine, Step, Viewers, simulate
from infra.stages import ROOT, load_stages

MEASURED = Measured(
    service=0.02,
    service_p95=0.03,
    s3_gets=1,
    tile_bytes=10_000,
    cold_start=1.5,
    api_mib=170,
    ingest=2.0,
    publish=20.0,
    ingest_mib=200,
)
QUOTAS, PRICES = quoted()
CDN = Setup(MEASURED, Deployment(), replace(QUOTAS, s3_seconds=0), PRICES)


def without_cloudfront(setup: Setup = CDN, **deployment: float) -> Setup:
    return replace(setup, deployment=replace(Deployment(cloudfront=False), **deployment))


NO_CDN = without_cloudfront()


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


@pytest.mark.parametrize(("mean", "together"), [(0.6, 15), (6, 15), (60, 15), (60, 1), (900, 1)])
def test_more_requests_than_counted_are_under_way_seldom(mean: float, together: int) -> None:
    """Groups that come at random, each of whose requests takes as long as the other."""
    groups = np.random.default_rng(1).poisson(mean / together, 1_000_000)
    most = most_at_once(mean, together)
    assert np.mean(together * groups > most) < 2e-4
    assert np.mean(together * groups > 0.9 * most - together) > 2e-5


def test_environments_grow_no_faster_than_lambda_makes_them_nor_past_the_limit() -> None:
    setup = without_cloudfront(api_concurrency=120)
    seconds = list(rush(Audience(100_000, arrive_seconds=1), setup))
    assert [second.environments for second in seconds[:3]] == [100, 120, 120]
    assert seconds[-1].refused > 0


def test_one_browser_has_an_environment_for_each_of_its_tiles() -> None:
    assert outcome(Audience(1), NO_CDN).environments == 15
    assert outcome(Audience(1, parallel=6), NO_CDN).environments < 15


def test_every_request_is_kept_served_or_refused() -> None:
    for second in rush(Audience(5_000), NO_CDN):
        assert second.served + second.refused == pytest.approx(second.asked)


def test_the_gateway_lets_through_as_many_as_its_quota_says() -> None:
    """A bucket of 5,000 that 10,000 fall into each second: so many go on, once it is empty."""
    *_, last = rush(Audience(100_000), without_cloudfront(replace_quota(concurrency=1e6)))
    assert last.served == pytest.approx(10_000)
    *_, last = rush(Audience(3_000), without_cloudfront(replace_quota(concurrency=1e6)))
    assert (last.asked, last.refused) == (9_000, 0)


def replace_quota(**quota: float) -> Setup:
    return replace(CDN, quotas=replace(CDN.quotas, **quota))


@pytest.mark.parametrize(
    ("viewers", "setup", "words"),
    [
        (10, NO_CDN, "nothing"),
        (100_000, NO_CDN, "API Gateway's throttle"),
        (100_000, CDN, "CloudFront's requests"),
        (3_000, without_cloudfront(max_acu=0.5), "MaxCapacity"),
        (3_000, without_cloudfront(api_concurrency=20), "ApiConcurrency"),
        (10, without_cloudfront(api_gb=0.125), "memory_size"),
        (3_000, without_cloudfront(replace_quota(scaling=1)), "Lambda's pace"),
    ],
)
def test_what_gives_way_first(viewers: int, setup: Setup, words: str) -> None:
    assert words in outcome(Audience(viewers), setup).breaks


def test_ten_times_the_viewers_cost_ten_times_as_much_where_nothing_is_kept() -> None:
    one, ten = (outcome(Audience(count), NO_CDN) for count in (100, 1_000))
    assert ten.dollars == pytest.approx(10 * one.dollars)


def test_a_tile_takes_as_long_as_measured_and_what_s3_takes() -> None:
    found = outcome(Audience(10), replace_quota(s3_seconds=0.1))
    assert (found.median_ms, found.p95_ms) == pytest.approx((120, 130))


def test_a_backfill_takes_as_long_as_all_rasters_over_those_at_a_time() -> None:
    assert backfill(3_600, 2, without_cloudfront(ingest_concurrency=2)).hours == 1
    assert backfill(3_600, 2, replace_quota(s3_seconds=1)).hours == pytest.approx(1.5)


# --- viewers before one machine --------------------------------------------------------------


def seen(viewers: Viewers, *route: Step, workers: int = 4, bound: float = 0.0) -> Load:
    """By viewers of a machine with two processors, within 50 seconds."""
    rooms = {"gateway": 1, "workers": workers}
    return simulate(Machine(2, rooms, route, bound=bound), viewers, 50, Random(1))


WORK = Step("workers", 0.02)


@pytest.mark.parametrize(
    ("viewers", "rate", "median"), [(1, 50, 0.02), (2, 100, 0.02), (8, 100, 0.08)]
)
def test_viewers_wait_for_processors_once_there_are_more_of_them(
    viewers: int, rate: float, median: float
) -> None:
    found = seen(Viewers(viewers), WORK)
    assert (found.rate, found.median) == pytest.approx((rate, median), rel=0.01)


def test_viewers_wait_for_what_only_one_has_at_a_time() -> None:
    assert seen(Viewers(8), Step("gateway", 0.02)).rate == pytest.approx(50, rel=0.01)
    assert seen(Viewers(8), WORK, workers=1).rate == pytest.approx(50, rel=0.01)


def test_waiting_takes_no_processor() -> None:
    found = seen(Viewers(8), Step(None, 0.02))
    assert (found.rate, found.median) == pytest.approx((400, 0.02), rel=0.01)


def test_steps_that_wait_for_a_certain_processor_slow_two_viewers_down() -> None:
    assert seen(Viewers(1), WORK, bound=1).rate == pytest.approx(50, rel=0.01)
    assert 60 < seen(Viewers(2), WORK, bound=1).rate < 95


def test_a_browser_asks_for_as_many_tiles_at_once_as_it_has_connections() -> None:
    found = seen(Viewers(1, tiles=6, connections=3, pause=0.94), Step(None, 0.03))
    assert found.rate == pytest.approx(6, rel=0.15)  # every second on average
    assert found.median == pytest.approx(0.03)


# --- the page --------------------------------------------------------------------------------


def test_the_page_is_what_the_run_found_and_aws_toml_says() -> None:
    """After a change: make scale ARGS=--known."""
    assert page(read()) == PAGE.read_text()


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    write(read(), tmp_path / "run.json")
    assert read(tmp_path / "run.json") == read()


def test_the_run_starts_from_what_the_benchmark_measured() -> None:
    """results.json may have been measured anew since; it has all that a run takes from it."""
    assert asdict(Measured.of(results())).keys() == asdict(read().measured).keys()
    assert all(value > 0 for value in asdict(Measured.of(results())).values())


def test_the_model_is_off_by_no_more_than_the_page_says() -> None:
    run, text = read(), PAGE.read_text()
    said = re.search(r"off by up to (\d+)% in the rate, (\d+)% in the median", text)
    assert said is not None
    for check in run.checks:
        assert abs(check.errors.get("rate", 0)) <= int(said[1]) / 100 + 0.005
        assert abs(check.errors["median"]) <= int(said[2]) / 100 + 0.005


def test_each_price_and_quota_has_its_source_and_month_in_one_place() -> None:
    rows = [quote for figures in quotes().values() for quote in figures.values()]
    assert len(rows) == len(asdict(QUOTAS)) + len(asdict(PRICES))
    for quote in rows:
        assert quote.source
        assert quote.unit
        assert re.fullmatch(r"20\d\d-\d\d", quote.day)


def test_a_figure_that_an_operator_forgets_is_named(tmp_path: Path) -> None:
    path = tmp_path / "aws.toml"
    path.write_text(re.sub(r"\[prices.acu_hour\][^\[]+", "", AWS.read_text()))
    with pytest.raises(TypeError, match="acu_hour"):
        quoted(path)


def test_the_deployment_is_that_of_the_template() -> None:
    stages, ours = load_stages(), Deployment()
    parameters = _parameters("ApiConcurrency", "IngestConcurrency", "MaxCapacity")
    assert [ours.api_concurrency, ours.ingest_concurrency, ours.max_acu] == parameters
    assert ours.api_gb * 1024 == stages["production"].settings["memory_size"]
    assert ours.ingest_gb * 1024 == stages["production_ingest"].settings["memory_size"]


def _parameters(*names: str) -> Sequence[float]:
    """The template's defaults."""
    text = (ROOT / "infra/template.yaml").read_text()
    found = [
        re.search(rf"^  {name}:\n(?:    .*\n)*?    Default: (\d+)$", text, re.M) for name in names
    ]
    return [float(match[1]) for match in found if match]
