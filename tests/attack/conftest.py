"""The attack campaign: a short form in the suite, a long one by `make attack`.

ATTACK_EXAMPLES says how many requests, events and files there shall be in the long form,
ATTACK_REPORT where to write what came of them.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.tables import Table, markdown
from tests.handler.conftest import *  # noqa: F403 (its fixtures)

LONG = int(os.environ.get("ATTACK_EXAMPLES", "0"))


def examples(short: int, part: int = 1) -> int:
    """How many examples a test has; in the long form one of so many, where each takes longer."""
    return LONG // part or short


@pytest.fixture(scope="session")
def tally() -> Iterator[Counter[tuple[str, str]]]:
    """{(what was attacked, what came of it): how often}."""
    found: Counter[tuple[str, str]] = Counter()
    yield found
    path = os.environ.get("ATTACK_REPORT")
    if path:
        Path(path).write_text(report(found))


def report(found: Counter[tuple[str, str]]) -> str:
    """The tally as a page in Markdown."""
    rows = [(what, outcome, f"{count:,}") for (what, outcome), count in sorted(found.items())]
    what = f"What came of {found.total():,} attacks"
    intro = "Written by `make attack`; docs/security.md says what each part of it tries."
    table = Table(what, ("what", "outcome", "how often"), rows)
    return f"{intro}\n\n{markdown(table)}\n"
