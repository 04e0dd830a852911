"""The short form of `make faults`, and how a fault is judged."""

from pathlib import Path

import pytest

from benchmarks.faults.campaign import Outcome, judged, run
from benchmarks.faults.faults import TROUBLES, Trouble
from benchmarks.faults.report import document
from benchmarks.faults.site import site
from benchmarks.soak.journal import Answer, Change
from benchmarks.soak.scene import State
from benchmarks.soak.seed import Datasets

ROOT = Path(__file__).parents[3]
SHORT = (
    "PostgreSQL stopped",
    "S3 answers 503",
    "queue delivers more than once",
    "tile workers killed",
)
BY_NAME = {trouble.name: trouble for trouble in TROUBLES}
STOPPED, KILLED = BY_NAME["PostgreSQL stopped"], BY_NAME["tile workers killed"]
OLD, NEW = State(0, 0, 0), State(0, 1, 0)
CHANGES = [Change(0, OLD, 0, 0), Change(0, NEW, 50, 51)]


def answer(at: float, status: int, state: State | None = None, *, told: bool = False) -> Answer:
    return Answer(0, "tile", at, at + 0.1, status, (state,) if state else None, told)


def outcome(*answers: Answer, trouble: Trouble = STOPPED) -> Outcome:
    """Of a trouble from second 100 to 110."""
    return judged(trouble, answers, CHANGES, (100.0, 110.0))


def test_right_answers_and_503_with_retry_after_are_as_expected() -> None:
    found = outcome(answer(101, 200, NEW), answer(102, 503, told=True), answer(112, 200, NEW))
    assert (found.right, found.told, found.faults) == (2, 1, [])
    assert found.recovery == 0


def test_how_long_errors_last_after_the_repair() -> None:
    assert outcome(answer(101, 200, NEW), answer(114, 503, told=True)).recovery == pytest.approx(
        4.1
    )
    (late,) = outcome(answer(101, 200, NEW), answer(130, 503, told=True)).faults
    assert "after the repair" in late


@pytest.mark.parametrize("status", [0, 500, 502, 503, 504])
def test_any_other_error_is_a_fault_unless_it_is_expected(status: int) -> None:
    answers = answer(101, 200, NEW), answer(102, status)
    assert outcome(*answers).faults == [f"answers with status [{status}]"]
    assert bool(outcome(*answers, trouble=KILLED).faults) == (status != 502)


def test_what_was_before_may_show_while_the_database_is_away_and_not_for_long_after() -> None:
    for at, wrong in ((99.0, 1), (101.0, 0), (114.0, 0), (130.0, 1)):
        assert outcome(answer(at, 200, OLD)).wrong == wrong
    assert outcome(answer(101, 200, OLD), trouble=KILLED).wrong == 1


def test_a_fault_that_nobody_notices_is_none() -> None:
    missing = BY_NAME["published raster missing"]
    (unseen,) = outcome(answer(101, 200, NEW), trouble=missing).faults
    assert "nobody got [404]" in unseen
    assert outcome(answer(101, 200, NEW), answer(102, 404), trouble=missing).faults == []


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    with site(tmp_path_factory.mktemp("site"), Datasets(60, 6), viewers=2) as broken:
        return run(broken, [BY_NAME[name] for name in SHORT], 3.0, lambda _: None)


@pytest.mark.timeout(600)
def test_users_see_what_they_are_to_see(outcomes: list[Outcome]) -> None:
    assert [(found.trouble.name, found.faults) for found in outcomes] == [
        (name, []) for name in SHORT
    ]


def test_nothing_is_lost(outcomes: list[Outcome]) -> None:
    assert [(found.uploads, found.lost, found.dead) for found in outcomes] == [(4, 0, 0)] * 4


def test_the_page_has_a_line_for_each(outcomes: list[Outcome]) -> None:
    page = document([*outcomes, Outcome(KILLED, not_run="luck")], 3.0, 1.0)
    assert all(f"| {name}" in page for name in SHORT)
    assert "not run: needs luck" in page


def test_the_page_in_the_documentation_has_every_fault() -> None:
    page = (ROOT / "docs/reliability.md").read_text()
    assert all(f"| {trouble.name} " in page for trouble in TROUBLES)
