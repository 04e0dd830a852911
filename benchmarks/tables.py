"""Markdown tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import Goal


@dataclass(frozen=True)
class Table:
    """A table; the first column is text, the others are figures, set to the right. The title may be
    empty.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def markdown(table: Table) -> str:
    """The table in Markdown, columns aligned so that it reads as plain text too."""
    if any(len(row) != len(table.header) for row in table.rows):
        raise ValueError(f'a row of "{table.title}" is not as wide as its header')
    cells = [[_escape(cell) for cell in row] for row in (table.header, *table.rows)]
    widths = [max(3, *(len(cell) for cell in column)) for column in zip(*cells, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [_line(row, widths) for row in (cells[0], rule, *cells[1:])]
    parts = [f"**{table.title}**" if table.title else "", "\n".join(lines), table.note]
    return "\n\n".join(part for part in parts if part)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return f"| {' | '.join(padded)} |"


def _escape(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")


def goal_table(goals: Sequence[Goal]) -> Table:
    """What was to be reached, and whether it was."""
    rows = [
        (
            goal.text,
            f"{'at least' if goal.at_least else 'at most'} {goal.bound:g}",
            "-" if goal.measured is None else f"{goal.measured:.4g}",
            goal.verdict,
        )
        for goal in goals
    ]
    return Table("Goals", ("goal", "bound", "measured", "verdict"), rows)
