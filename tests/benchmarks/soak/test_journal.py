"""What an answer may show follows from what was done to its dataset, and when."""

import pytest

from benchmarks.soak.journal import Answer, Change, Verdict, eras, judge
from benchmarks.soak.scene import State

OLD, NEW = State(0, 0, 0), State(0, 1, 0)
TTL = 10.0
REPLACED = [Change(7, OLD, 0, 0), Change(7, NEW, 100, 102)]
REMOVED = [*REPLACED, Change(7, None, 200, 201), Change(7, NEW, 300, 303)]


def verdict(changes: list[Change], at: float, status: int, *shown: State) -> Verdict:
    answer = Answer(7, "tile", at, at + 0.1, status, shown if status == 200 else None)
    return judge(answer, eras(changes)[7], TTL)


@pytest.mark.parametrize(
    ("at", "state", "wrong"),
    [
        *((99.0, OLD, False), (99.0, NEW, True)),
        *((101.0, OLD, False), (101.0, NEW, False)),
        *((111.9, OLD, False), (112.1, OLD, True)),
        (500.0, NEW, False),
    ],
)
def test_a_replaced_raster(at: float, state: State, wrong: bool) -> None:
    assert verdict(REPLACED, at, 200, state).wrong is wrong


def test_how_late_an_old_raster_is() -> None:
    assert verdict(REPLACED, 105.0, 200, OLD).late == pytest.approx(3.0)
    assert verdict(REPLACED, 105.0, 200, NEW).late == 0


def test_an_answer_that_shows_no_state_is_wrong() -> None:
    assert verdict(REPLACED, 50.0, 200).wrong
    assert verdict(REPLACED, 50.0, 200, State(1, 0, 0)).wrong


def test_an_answer_that_any_state_may_give() -> None:
    assert verdict(REPLACED, 50.0, 200, OLD, NEW, State(1, 0, 0)) == Verdict()


def test_a_removed_dataset_is_not_found_and_no_other() -> None:
    assert verdict(REMOVED, 250.0, 404) == Verdict()
    assert verdict(REMOVED, 205.0, 200, NEW).late == pytest.approx(4.0)
    assert verdict(REMOVED, 250.0, 200, NEW).wrong
    assert verdict(REMOVED, 150.0, 404).error
    assert verdict(REMOVED, 320.0, 404).wrong
    assert verdict(REMOVED, 320.0, 200, NEW) == Verdict()


@pytest.mark.parametrize("status", [0, 400, 500, 502, 503, 504])
def test_any_other_status_is_an_error(status: int) -> None:
    assert verdict(REPLACED, 50.0, status).error


def test_a_change_that_never_ended_leaves_both_right() -> None:
    changes = [Change(7, OLD, 0, 0), Change(7, NEW, 100, float("inf"))]
    assert verdict(changes, 1000.0, 200, OLD) == verdict(changes, 1000.0, 200, NEW) == Verdict()
