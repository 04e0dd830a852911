"""What was done to the datasets, when, and so what an answer at a time may show. Pure.

Times are seconds of one monotonic clock. A change may show from the moment its upload begins, and
what was before may show until the change is known to be registered and the time to live is over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.soak.scene import State


@dataclass(frozen=True)
class Change:
    """A dataset's next state, None once removed: when it was begun, and reported as done."""

    dataset: int
    state: State | None
    began: float
    done: float


class Answer(NamedTuple):
    """What a viewer got for a request about a dataset, and the states that it shows.

    `shown` is None where there is nothing to judge. Status 0 stands for no answer at all, for which
    `failure` is the reason.
    """

    dataset: int
    kind: str
    began: float
    ended: float
    status: int
    shown: tuple[State, ...] | None
    retry_after: bool = False
    failure: str = ""

    @property
    def milliseconds(self) -> float:
        return (self.ended - self.began) * 1000


@dataclass(frozen=True)
class Era:
    """A state, when it first may show, and when its successor was registered."""

    state: State | None
    since: float
    until: float


def eras(changes: Iterable[Change]) -> dict[int, list[Era]]:
    """Each dataset's states in order."""
    found: dict[int, list[Era]] = {}
    for change in sorted(changes, key=lambda change: change.began):
        past = found.setdefault(change.dataset, [])
        if past:
            past[-1] = Era(past[-1].state, past[-1].since, change.done)
        past.append(Era(change.state, change.began, float("inf")))
    return found


@dataclass(frozen=True)
class Verdict:
    """`error`: no answer that the caller could use; `wrong`: it shows no state of the dataset.

    `late` is how many seconds after its successor's registration a state still showed; more than
    the time to live are as wrong.
    """

    error: bool = False
    wrong: bool = False
    late: float = 0.0


def judge(answer: Answer, past: Sequence[Era], ttl: float) -> Verdict:
    """The verdict on an answer about a dataset with this past."""
    shown: set[State | None] | None
    if answer.status == 404:
        shown = {None}
    elif answer.status not in (200, 304):
        return Verdict(error=True)
    elif answer.shown is None:
        return Verdict()
    else:
        shown = set(answer.shown)
    begun = [era for era in past if era.since <= answer.ended and era.state in shown]
    if not begun:
        gone = answer.status == 404
        return Verdict(error=gone, wrong=not gone)
    late = max(0.0, answer.began - max(era.until for era in begun))
    return Verdict(wrong=late > ttl, late=late)
