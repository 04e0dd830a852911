"""What one part of the benchmark comes to: figures for programs, tables for people, goals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.figures import Goal
from benchmarks.tables import Table


@dataclass(frozen=True)
class Section:
    """`figures` is JSON: a list of objects, one for each thing measured."""

    name: str
    figures: Sequence[dict[str, Any]]
    tables: Sequence[Table]
    goals: Sequence[Goal]
