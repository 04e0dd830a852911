"""A soak is judged by all of its answers, changes and samples."""

from benchmarks.soak.journal import Answer, Change
from benchmarks.soak.monitor import Sample
from benchmarks.soak.scene import State
from benchmarks.soak.summary import Soak, kinds

STATE = State(0, 0, 0)
RIGHT = Answer(0, "tile", 10.0, 10.05, 200, (STATE,))
WRONG = Answer(0, "tile", 10.0, 10.05, 200, ())
AWAY = Answer(0, "tile", 10.0, 10.05, 503, None, True)


def soak(*answers: Answer, changes: tuple[Change, ...] = (), end: int = 100) -> Soak:
    """100 s in which the one process holds 100 bytes until second 80, then `end`."""
    samples = [
        Sample(float(at), "tile API", 1, 100 if at < 80 else end, 5) for at in range(20, 100)
    ]
    first = Change(0, STATE, 0, 0)
    return Soak(0.0, 100.0, 10.0, answers, [first, *changes], samples, [], 0)


def missed(found: Soak) -> list[str]:
    return [goal.text for goal in found.goals() if not goal.reached]


def test_all_is_well() -> None:
    assert missed(soak(RIGHT, RIGHT)) == []


def test_one_error_or_one_wrong_tile_is_too_many() -> None:
    assert missed(soak(RIGHT, AWAY)) == ["answers that are errors"]
    (wrong,) = missed(soak(RIGHT, WRONG))
    assert "wrong" in wrong
    assert soak(RIGHT, WRONG, AWAY).faulty() == [WRONG, AWAY]


def test_a_lost_change() -> None:
    lost = Change(0, State(0, 1, 0), 20, float("inf"))
    assert missed(soak(RIGHT, changes=(lost,))) == ["changes that were not registered"]


def test_growing_memory() -> None:
    assert missed(soak(RIGHT, end=104)) == []
    (grown,) = missed(soak(RIGHT, end=106))
    assert grown.startswith("growth of a tile API process")


def test_each_kind_of_request() -> None:
    tile, point = kinds([RIGHT, AWAY, Answer(0, "point", 1.0, 2.0, 200, (STATE,))])
    assert (tile.kind, tile.count, tile.statuses) == ("tile", 2, {200: 1, 503: 1})
    assert (point.kind, point.median_ms) == ("point", 1000.0)
