import threading

import pytest

from ingest.errors import OutOfTime
from ingest.time_budget import TimeBudget

PATIENCE = 30


@pytest.fixture
def budget():
    return TimeBudget()


def test_result_and_error_are_the_works_own(budget):
    assert budget.run(lambda: 5, PATIENCE) == 5
    with pytest.raises(KeyError):
        budget.run(lambda: {}["x"], PATIENCE)


def test_timeout_of_the_work_itself_is_not_ours(budget):
    def time_out():
        raise TimeoutError("the server did not answer")

    with pytest.raises(TimeoutError, match="the server did not answer"):
        budget.run(time_out, PATIENCE)


def test_without_time_nothing_begins(budget):
    begun = []
    with pytest.raises(OutOfTime, match="not begun"):
        budget.run(lambda: begun.append(1), 0)
    assert budget.run(lambda: begun, None) == []


def test_slow_work_is_given_up_and_nothing_begins_beside_it(budget):
    release, done = threading.Event(), []

    def slow():
        release.wait(PATIENCE)
        done.append("slow")

    with pytest.raises(OutOfTime, match="python -m ingest register"):
        budget.run(slow, 0.05)
    with pytest.raises(OutOfTime, match="still being worked on"):
        budget.run(lambda: done.append("next"), 0.05)
    release.set()
    budget.run(lambda: done.append("later"), PATIENCE)
    assert done == ["slow", "later"]
