"""The picture of a soak: answers, times, memory, connections and files over time."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib

from benchmarks.figures import percentile
from benchmarks.soak.summary import Soak, by_process

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BIN = 10.0  # seconds
COLORS = {"tile API": "tab:blue", "ingestion": "tab:orange"}


def draw(soak: Soak, path: Path) -> None:
    """The picture as PNG."""
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7), layout="constrained")
    answers, times, memory, counts = figure.subplots(2, 2, sharex=True).ravel()
    _answers(soak, answers)
    _times(soak, times)
    _memory(soak, memory)
    _counts(soak, counts)
    for axes in (memory, counts):
        axes.set_xlabel("seconds")
    figure.savefig(path, dpi=80)


def _answers(soak: Soak, axes: "Axes") -> None:
    axes.set_title("answers a second, by status")
    for status in sorted({answer.status for answer in soak.answers}):
        times = [answer.ended for answer in soak.answers if answer.status == status]
        bins = _binned(soak, [(at, 1.0) for at in times], lambda values: len(values) / BIN)
        axes.plot(*bins, label=str(status or "none"))
    axes.legend()


def _times(soak: Soak, axes: "Axes") -> None:
    axes.set_title("milliseconds of a tile")
    tiles = [(a.ended, a.milliseconds) for a in soak.answers if a.kind == "tile"]
    for percent in (50, 95):
        bins = _binned(soak, tiles, partial(percentile, percent=percent))
        axes.plot(*bins, label=f"{percent} %")
    axes.set_ylim(bottom=0)
    axes.legend()


def _memory(soak: Soak, axes: "Axes") -> None:
    axes.set_title("MiB of each process")
    for (role, _), samples in by_process(soak.samples).items():
        times = [sample.at - soak.began for sample in samples]
        axes.plot(times, [s.bytes / 2**20 for s in samples], color=COLORS[role], label=role)
    axes.set_ylim(bottom=0)
    _legend_once(axes)


def _counts(soak: Soak, axes: "Axes") -> None:
    axes.set_title("database connections (thick), open files of each process")
    times = [sample.at - soak.began for sample in soak.connections]
    for user, role in (("reader", "tile API"), ("writer", "ingestion")):
        held = [sample.by_user.get(user, 0) for sample in soak.connections]
        axes.plot(times, held, color=COLORS[role], linewidth=3, label=f"{user}'s connections")
    for (role, _), samples in by_process(soak.samples).items():
        at = [sample.at - soak.began for sample in samples]
        axes.plot(at, [s.files for s in samples], color=COLORS[role], alpha=0.5)
    axes.set_ylim(bottom=0)
    _legend_once(axes)


def _binned(
    soak: Soak, points: Sequence[tuple[float, float]], reduce: Callable[[list[float]], float]
) -> tuple[list[float], list[float]]:
    """Seconds, and what the points of each `BIN` come to."""
    found: dict[int, list[float]] = defaultdict(list)
    for at, value in points:
        found[int((at - soak.began) / BIN)].append(value)
    whole = range(int((soak.ended - soak.began) / BIN))
    kept = [number for number in whole if number in found]
    return [number * BIN for number in kept], [reduce(found[number]) for number in kept]


def _legend_once(axes: "Axes") -> None:
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    axes.legend(once.values(), once.keys())
