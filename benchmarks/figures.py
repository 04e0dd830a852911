"""Figures from samples: medians, percentiles, ratios. Pure, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """What a series of answers comes to; times in milliseconds, bytes as their mean."""

    count: int
    median_ms: float
    p95_ms: float
    mean_bytes: float


def summarise(times_ms: Sequence[float], sizes: Sequence[int]) -> Summary:
    """The summary of one series, of at least one answer."""
    return Summary(
        count=len(times_ms),
        median_ms=percentile(times_ms, 50),
        p95_ms=percentile(times_ms, 95),
        mean_bytes=sum(sizes) / len(sizes),
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` of `values` lie, interpolated between the two nearest."""
    if not values:
        raise ValueError("no values: a percentile of nothing is asked for")
    if not 0 <= percent <= 100:
        raise ValueError(f"a percentile lies between 0 and 100, not at {percent}")
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


@dataclass(frozen=True)
class Goal:
    """Something to be reached: a measured figure and its bound, above or below."""

    text: str
    measured: float | None
    bound: float
    at_least: bool

    @property
    def reached(self) -> bool | None:
        """None where nothing was measured in this run."""
        if self.measured is None:
            return None
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound

    @property
    def verdict(self) -> str:
        """One word."""
        return {True: "reached", False: "missed", None: "not measured"}[self.reached]


def at_least(text: str, measured: float | None, bound: float) -> Goal:
    """A goal that larger figures reach."""
    return Goal(text, measured, bound, at_least=True)


def at_most(text: str, measured: float | None, bound: float) -> Goal:
    """A goal that smaller figures reach."""
    return Goal(text, measured, bound, at_least=False)
