import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import at_least, at_most, percentile, summarise


def test_percentile_lies_between_the_two_nearest_values() -> None:
    assert percentile([40, 10, 30, 20], 50) == 25
    assert percentile([1, 2, 3, 4, 5], 95) == pytest.approx(4.8)
    assert percentile([7], 95) == 7


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 100))
def test_percentile_never_leaves_the_values(values: list[float], percent: float) -> None:
    assert min(values) <= percentile(values, percent) <= max(values)


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1], -1), ([1], 101)])
def test_percentile_of_nothing_or_beyond_is_refused(values: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, percent)


def test_summary_counts_and_averages() -> None:
    found = summarise([1.0, 3.0, 2.0], [100, 200, 600])
    assert (found.count, found.median_ms, found.mean_bytes) == (3, 2.0, 300)


@pytest.mark.parametrize(
    ("measured", "least", "most"),
    [(19.9, "missed", "reached"), (20.0, "reached", "reached"), (20.1, "reached", "missed")],
)
def test_goal_is_reached_at_its_bound(measured: float, least: str, most: str) -> None:
    assert at_least("times", measured, 20).verdict == least
    assert at_most("times", measured, 20).verdict == most


def test_goal_without_a_figure_is_not_measured() -> None:
    assert at_least("times", None, 20).verdict == "not measured"
