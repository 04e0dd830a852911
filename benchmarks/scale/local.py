"""The local system under viewers on this machine: what the model of it starts from, and is held to.

The viewers are threads of this process with connections that stay open. What a request costs each
process is its processor time while one viewer is alone: who asks for one tile after the other, or
who pauses, after which the processors' caches have forgotten what a tile needs.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from itertools import count, product
from random import Random
from statistics import mean, median
from typing import Any
from urllib.parse import urlsplit

import psutil

from benchmarks.peer import ROOT
from benchmarks.scale.queueing import Load, Machine, Step, Viewers, simulate

DATASET = "categorical/MCD12C1/2019/landcover"
WORKERS = 4
ONE, TWO = Viewers(1), Viewers(2)
MAP = Viewers(1, tiles=15, pause=0.5)
KNOWN = [ONE, TWO, MAP]  # what the model is made of
IN_TURN = [Viewers(number) for number in (3, 4, 8)]
MAPS = [replace(MAP, number=number, connections=6) for number in (4, 8, 16)]
_READY = 120.0
_FORGOTTEN = 6.0  # a worker that was asked too early knows again that the dataset is there
_TILES = [(6, x, y) for x, y in product(range(64), range(8, 48))]


@dataclass(frozen=True)
class Costs:
    """Seconds of a request: of processor in each process, and from begin to end."""

    viewers: float
    gateway: float
    workers: float
    whole: float


@dataclass(frozen=True)
class Round:
    """What some viewers saw, what it cost, and which share of the processors others took."""

    viewers: Viewers
    load: Load
    costs: Costs
    others: float
    took: Sequence[float]


@contextmanager
def system() -> Iterator[tuple[dict[str, Any], psutil.Process]]:
    """The local system with its demo: what it says of itself, and its first process."""
    command = [sys.executable, "-m", "infra.local", "--port", "0", "--workers", str(WORKERS)]
    process = subprocess.Popen(
        [*command, "--json"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout
        yield json.loads(process.stdout.readline()), psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def measure(seconds: float, rounds: int) -> list[Round]:
    """Rounds of all kinds of viewers in turn, on a system that has the dataset open."""
    with system() as (addresses, process):
        url = f"{addresses['api']}/categorical/{DATASET}"
        _wait_for_tile(url)
        time.sleep(_FORGOTTEN)
        local = Local(url, process, Random(1))
        local.observe(Viewers(2 * WORKERS), 3.0)
        local.rest(2 * seconds)
        kinds = [*KNOWN, *IN_TURN, *MAPS] * rounds
        return [local.observe(viewers, seconds) for viewers in kinds]


def quietest(rounds: Sequence[Round]) -> list[Round]:
    """Of each kind of viewers the half of the rounds that others disturbed least."""
    kinds = dict.fromkeys(each.viewers for each in rounds)
    by_kind = [sorted(_of(rounds, kind), key=lambda each: each.others) for kind in kinds]
    return [each for kind in by_kind for each in kind[: (len(kind) + 1) // 2]]


def seen(rounds: Sequence[Round], viewers: Viewers) -> Load:
    """The medians of what these viewers saw."""
    loads = [each.load for each in _of(rounds, viewers)]
    rate, middle, p95 = (median(getattr(x, name) for x in loads) for name in vars(loads[0]))
    return Load(rate, middle, p95)


def _of(rounds: Sequence[Round], viewers: Viewers) -> list[Round]:
    return [each for each in rounds if each.viewers == viewers]


def machine(
    rounds: Sequence[Round], alone: Viewers, busy: Viewers | None = None, bound: float = 0.0
) -> Machine:
    """This machine as such a viewer found it who was alone.

    What a step costs is as `busy` viewers found it, if there are any: where all processors compute
    they have less of their caches for each.
    """
    found, lone, costs = _of(rounds, alone), _costs(rounds, alone), _costs(rounds, busy or alone)
    wait = lone.whole - lone.viewers - lone.gateway - lone.workers
    route = [
        Step("viewers", costs.viewers / 2),
        Step("gateway", costs.gateway / 2),
        Step("workers", costs.workers),
        Step(None, max(0.0, wait)),
        Step("gateway", costs.gateway / 2),
        Step("viewers", costs.viewers / 2),
    ]
    rooms = {"viewers": 1, "gateway": 1, "workers": WORKERS}
    spread = [took / mean(each.took) for each in found for took in each.took]
    return Machine(os.cpu_count() or 1, rooms, route, spread, bound)


def _costs(rounds: Sequence[Round], viewers: Viewers) -> Costs:
    found = [each.costs for each in _of(rounds, viewers)]
    return Costs(*(mean(getattr(each, name) for each in found) for name in vars(found[0])))


def bound(rounds: Sequence[Round], seconds: float) -> float:
    """The share of steps bound to a processor with which two viewers get on as they did."""
    model, seen_by_two, low, high = machine(rounds, ONE, TWO), seen(rounds, TWO), 0.0, 1.0
    while high - low > 0.01:
        middle = (low + high) / 2
        found = simulate(replace(model, bound=middle), TWO, seconds, Random(1))
        low, high = (middle, high) if found.rate > seen_by_two.rate else (low, middle)
    return low


@dataclass
class Local:
    """The running system; `idle` are the processor seconds a second that it takes by itself."""

    url: str
    process: psutil.Process
    random: Random
    idle: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def rest(self, seconds: float) -> None:
        """Learn `idle`, while nobody asks for anything."""
        before = self._spent()
        time.sleep(seconds)
        viewers, gateway, behind = (
            (b - a) / seconds for a, b in zip(before, self._spent(), strict=True)
        )
        self.idle = viewers, gateway, behind

    def observe(self, viewers: Viewers, seconds: float) -> Round:
        """One round."""
        before, everybody, began = self._spent(), psutil.cpu_times(), time.perf_counter()
        took = _watch(self.url, viewers, seconds, self.random)
        lasted = time.perf_counter() - began
        spent = [b - a for a, b in zip(before, self._spent(), strict=True)]
        others = _busy(psutil.cpu_times()) - _busy(everybody) - sum(spent)
        mine, gateway, workers = (
            max(0.0, s - idle * lasted) / len(took)
            for s, idle in zip(spent, self.idle, strict=True)
        )
        share = max(0.0, others) / lasted / (os.cpu_count() or 1)
        costs = Costs(mine, gateway, workers, mean(took))
        return Round(viewers, Load.of(took, seconds), costs, share, took)

    def _spent(self) -> tuple[float, float, float]:
        """Processor seconds of the viewers, the gateway, and all that is behind it."""
        behind = sum(_cpu(child) for child in self.process.children(recursive=True))
        return _cpu(psutil.Process()), _cpu(self.process), behind


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _busy(times: Any) -> float:
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def _watch(url: str, viewers: Viewers, seconds: float, random: Random) -> list[float]:
    """The seconds of each tile that viewers got within so many."""
    end = time.perf_counter() + seconds
    with ThreadPoolExecutor(viewers.number) as pool:
        maps = [_Map(url, viewers, random.randrange(2**32), end) for _ in range(viewers.number)]
        return [took for each in pool.map(_Map.watch, maps) for took in each]


class _Map:
    """One viewer, with as many connections as a browser has."""

    def __init__(self, url: str, viewers: Viewers, number: int, end: float) -> None:
        self._address, self._viewers, self._end = urlsplit(url), viewers, end
        self._random = Random(number)
        self._numbers = count(number)

    def watch(self) -> list[float]:
        host = self._address.netloc
        connections = [HTTPConnection(host, timeout=60) for _ in range(self._viewers.connections)]
        took: list[float] = []
        with ThreadPoolExecutor(len(connections)) as pool:
            time.sleep(self._random.uniform(0, self._viewers.pause))
            while time.perf_counter() < self._end:
                left, began = iter(range(self._viewers.tiles)), time.perf_counter()
                views = [pool.submit(self._view, each, left, began) for each in connections]
                took += [each for view in views for each in view.result()]
                self._pause()
        for each in connections:
            each.close()
        return took

    def _view(self, connection: HTTPConnection, left: Iterator[int], began: float) -> list[float]:
        """One connection's tiles of a view; what waits for it counts from the view's begin."""
        took = []
        for _ in left:
            z, x, y = _TILES[next(self._numbers) % len(_TILES)]
            _get(connection, f"{self._address.path}/{z}/{x}/{y}.png")
            now = time.perf_counter()
            took.append(now - began)
            began = now
            if now > self._end:
                break
        return took

    def _pause(self) -> None:
        if self._viewers.pause:
            pause = self._random.expovariate(1 / self._viewers.pause)
            time.sleep(max(0.0, min(pause, self._end - time.perf_counter())))


def _get(connection: HTTPConnection, path: str) -> int:
    """The status; the answer is read, so that the connection stays."""
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    if response.status not in (200, 404, 503):
        raise RuntimeError(f"{path}: {response.status}")
    return response.status


def _wait_for_tile(url: str) -> None:
    address, end = urlsplit(url), time.monotonic() + _READY
    with closing(HTTPConnection(address.netloc, timeout=60)) as connection:
        while _get(connection, f"{address.path}/0/0/0.png") != 200:
            if time.monotonic() > end:
                raise TimeoutError(f"the demo was not there within {_READY:.0f} seconds")
            time.sleep(0.5)
