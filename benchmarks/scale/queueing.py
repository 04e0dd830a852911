"""Viewers before a machine: a simulation, request by request, of who waits for what.

A request takes steps. In each it needs a place in a room (a Python process lets one of its threads
run at a time, so the gateway and the viewers' process have one place each; the workers have as many
as there are of them) and one of the machine's processors, for as long as it computes there. Who
finds either taken waits in turn. So viewers, gateway and workers slow one another down, as they do
on one machine; in Lambda each request has an environment, and a processor, of its own.

An operating system does not always find the processor that is free: a part of the steps waits for
the one that it happened to be given, though another is idle.
"""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from benchmarks.figures import percentile


@dataclass(frozen=True)
class Step:
    """So many seconds of a processor in a room; without a room, of waiting for neither."""

    room: str | None
    seconds: float


@dataclass(frozen=True)
class Machine:
    """`spread` are factors with a mean of 1, one of which is drawn for each request's steps;
    `bound` is the share of steps that wait for one certain processor.
    """

    processors: int
    rooms: Mapping[str, int]
    route: Sequence[Step]
    spread: Sequence[float] = (1.0,)
    bound: float = 0.0


@dataclass(frozen=True)
class Viewers:
    """So many, each with `tiles` wanted at once over `connections`, and on average `pause` seconds
    between the last tile of one view and the next view.
    """

    number: int
    tiles: int = 1
    connections: int = 1
    pause: float = 0.0


@dataclass(frozen=True)
class Load:
    """What viewers saw: tiles a second, a tile's seconds, the median and 95 %."""

    rate: float
    median: float
    p95: float

    @classmethod
    def of(cls, took: Sequence[float], seconds: float) -> "Load":
        return cls(len(took) / seconds, percentile(took, 50), percentile(took, 95))


def simulate(machine: Machine, viewers: Viewers, seconds: float, random: Random) -> Load:
    """What viewers see within so many seconds; they begin within one pause."""
    run = _Run(machine, viewers, random)
    run.until(seconds)
    return Load.of(run.took, seconds)


@dataclass
class _Request:
    viewer: int
    began: float
    factor: float
    step: int = 0
    bound_to: int | None = None  # a processor; None: any
    processor: int = -1


@dataclass
class _Run:
    machine: Machine
    viewers: Viewers
    random: Random
    took: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._now, self._numbers = 0.0, count()
        self._events: list[tuple[float, int, _Request | int]] = []
        self._waiting: list[_Request] = []
        self._busy: Counter[str] = Counter()
        self._idle = set(range(self.machine.processors))
        self._left = [0] * self.viewers.number  # tiles of a view that are still to be asked for
        self._open = [0] * self.viewers.number  # those that are asked for
        for viewer in range(self.viewers.number):
            self._at(self.random.uniform(0, self.viewers.pause), viewer)

    def until(self, end: float) -> None:
        while self._events and self._events[0][0] <= end:
            self._now, _, event = heapq.heappop(self._events)
            if isinstance(event, int):
                self._left[event] = self.viewers.tiles
                self._ask(event)
            else:
                self._done(event)
            self._seat()

    def _at(self, seconds: float, event: _Request | int) -> None:
        heapq.heappush(self._events, (self._now + seconds, next(self._numbers), event))

    def _pause(self) -> float:
        return self.random.expovariate(1 / self.viewers.pause) if self.viewers.pause else 0.0

    def _ask(self, viewer: int) -> None:
        while self._left[viewer] and self._open[viewer] < self.viewers.connections:
            self._left[viewer] -= 1
            self._open[viewer] += 1
            factor = self.random.choice(self.machine.spread)
            self._wait(_Request(viewer, self._now, factor))

    def _wait(self, request: _Request) -> None:
        """For a place and a processor of its next step."""
        is_bound = self.random.random() < self.machine.bound
        request.bound_to = self.random.randrange(self.machine.processors) if is_bound else None
        self._waiting.append(request)

    def _done(self, request: _Request) -> None:
        """A step is; the next one waits, or the request is answered."""
        room = self.machine.route[request.step].room
        if room is not None:
            self._busy[room] -= 1
            self._idle.add(request.processor)
        request.step += 1
        if request.step < len(self.machine.route):
            self._wait(request)
            return
        self.took.append(self._now - request.began)
        self._open[request.viewer] -= 1
        self._ask(request.viewer)
        if not self._open[request.viewer]:
            self._at(self._pause(), request.viewer)

    def _seat(self) -> None:
        """Whoever finds a place and a processor begins, those first who have waited longest."""
        self._waiting = [request for request in self._waiting if not self._begin(request)]

    def _begin(self, request: _Request) -> bool:
        step = self.machine.route[request.step]
        if step.room is not None:
            free = self._idle if request.bound_to is None else self._idle & {request.bound_to}
            if not free or self._busy[step.room] >= self.machine.rooms[step.room]:
                return False
            request.processor = min(free)
            self._idle.remove(request.processor)
            self._busy[step.room] += 1
        self._at(step.seconds * request.factor, request)
        return True
