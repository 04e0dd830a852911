"""The load, as a child process: ``python -m benchmarks.soak.generator``.

Viewers and producers in one process of their own, so that they cost the system nothing but the
processor. The parent says what to do at first, then asks for what happened.
"""

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmarks.soak.journal import Answer, Change
from benchmarks.soak.producer import LOST_SECONDS, Changes, Producer
from benchmarks.soak.scene import Scene, State, states
from benchmarks.soak.seed import Datasets
from benchmarks.soak.truth import Evidence, Truth
from benchmarks.soak.viewers import Popularity, Reply, Viewer
from infra.local.aws import CONFIG, session
from infra.local.children import Child, Parent

_ALL = list(states())
START_SECONDS = 60.0
STOP_SECONDS = 900.0


@dataclass(frozen=True)
class Plan:
    """What load to make. `folder` has the scene; `pause` is a viewer's, between viewports."""

    api: str
    s3: str
    incoming: str
    published: str
    folder: str
    total: int
    live: int
    viewers: int = 4
    producers: int = 2
    pause: float = 0.5
    change_pause: float = 1.0
    patience: float = LOST_SECONDS
    seed: int = 1

    @property
    def datasets(self) -> Datasets:
        return Datasets(self.total, self.live)

    def producer(self) -> Producer:
        """Who uploads."""
        s3 = session().client("s3", endpoint_url=self.s3, config=CONFIG)
        scene = Scene(Path(self.folder))
        keys = self.datasets.keys
        return Producer(s3, self.incoming, self.published, scene, keys, self.patience)


class Load:
    """A running generator, seen by its parent."""

    def __init__(self, plan: Plan) -> None:
        self._child = Child(__name__)
        self._child.ready("the load")
        self._child.call(asdict(plan), START_SECONDS)

    @property
    def pid(self) -> int:
        return self._child.pid

    def take(self) -> tuple[list[Answer], list[Change]]:
        """What happened since it was asked last."""
        return self._call("take", STOP_SECONDS)

    def finish(self) -> tuple[list[Answer], list[Change]]:
        """The same, after the last viewer and producer are done."""
        found = self._call("finish", STOP_SECONDS)
        self.stop()
        return found

    def stop(self) -> None:
        self._child.stop()

    def _call(self, order: str, timeout: float) -> tuple[list[Answer], list[Change]]:
        answers, changes = self._child.call(order, timeout)
        return [_answer(row) for row in answers], [_change(row) for row in changes]


def _answer(row: list[Any]) -> Answer:
    dataset, kind, began, ended, status, shown, told, failure = row
    states = None if shown is None else _unpacked(shown)
    return Answer(dataset, kind, began, ended, status, states, told, failure)


def _change(row: list[Any]) -> Change:
    dataset, state, began, done = row
    return Change(dataset, State(*state) if state else None, began, done)


def _packed(shown: Iterable[State]) -> int:
    return sum(1 << _ALL.index(state) for state in shown)


@lru_cache(1024)
def _unpacked(bits: int) -> tuple[State, ...]:
    return tuple(state for index, state in enumerate(_ALL) if bits >> index & 1)


class Record:
    """What happened, as rows that go to the parent; judged when it asks, not under way."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._lock = threading.Lock()
        self._replies: list[Reply] = []
        self._changes: list[Any] = []
        self._same: dict[Evidence, Evidence] = {}
        self._shown: dict[int, int] = {}

    def reply(self, reply: Reply) -> None:
        with self._lock:
            if reply.evidence is not None:  # the same answer is kept once
                known = self._same.setdefault(reply.evidence, reply.evidence)
                reply = reply._replace(evidence=known)
            self._replies.append(reply)

    def change(self, change: Change) -> None:
        with self._lock:
            self._changes.append([change.dataset, change.state, change.began, change.done])

    def taken(self) -> tuple[list[Any], list[Any]]:
        with self._lock:
            replies, changes = self._replies, self._changes
            self._replies, self._changes = [], []
        return [self._row(reply) for reply in replies], changes

    def _row(self, reply: Reply) -> list[Any]:
        return [*reply[:5], self._bits(reply.evidence), reply.retry_after, reply.failure]

    def _bits(self, evidence: Evidence | None) -> int | None:
        if evidence is None:
            return None
        if id(evidence) not in self._shown:
            self._shown[id(evidence)] = _packed(self._truth.shown(evidence))
        return self._shown[id(evidence)]


async def drive(parent: Parent, plan: Plan) -> None:
    """Make the load, and tell the parent when it asks, until it wants no more."""
    record, stop, ended = (
        Record(Truth(Scene(Path(plan.folder)))),
        asyncio.Event(),
        threading.Event(),
    )
    producers = [
        threading.Thread(target=changes.run, args=(ended,)) for changes in _changes(plan, record)
    ]
    for thread in producers:
        thread.start()
    viewers = [asyncio.create_task(viewer.run(stop)) for viewer in _viewers(plan, record)]
    while await asyncio.to_thread(parent.receive) != "finish":
        parent.send(await asyncio.to_thread(record.taken))  # judging must not hold up viewers
    stop.set()
    ended.set()
    await asyncio.gather(*viewers)
    for thread in producers:
        await asyncio.to_thread(thread.join)
    parent.send(record.taken())


def _viewers(plan: Plan, record: Record) -> list[Viewer]:
    keys, popularity = plan.datasets.keys, Popularity(plan.total, plan.live, plan.seed)
    return [
        Viewer(plan.api, keys, popularity, record.reply, plan.seed + n, plan.pause)
        for n in range(plan.viewers)
    ]


def _changes(plan: Plan, record: Record) -> list[Changes]:
    """Each producer has datasets of its own."""
    initial = plan.datasets.initial
    return [
        Changes(
            plan.producer(),
            {dataset: initial[dataset] for dataset in range(n, plan.live, plan.producers)},
            record.change,
            plan.change_pause,
            plan.seed + n,
        )
        for n in range(plan.producers)
    ]


def main() -> None:
    parent = Parent()
    parent.send("ready")
    plan = Plan(**parent.receive())
    parent.send("started")
    try:
        asyncio.run(drive(parent, plan))
        parent.wait()
    except EOFError:
        parent.end()


if __name__ == "__main__":
    main()
