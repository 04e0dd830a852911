"""The attack campaign: a short form in the suite, a long one by `make attack`.

ATTACK_EXAMPLES (0: the short form) says how many requests, events and files there shall be;
ATTACK_REPORT where to write what came of them.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handler.conftest import *  # noqa: F403 (its fixtures)

LONG = int(os.environ.get("ATTACK_EXAMPLES", "0"))


def examples(short: int) -> int:
    """How many examples a test has."""
    return LONG or short


@pytest.fixture(scope="session")
def tally() -> Iterator[Counter[tuple[str, str]]]:
    """{(what was attacked, what came of it): how often}."""
    found: Counter[tuple[str, str]] = Counter()
    yield found
    path = os.environ.get("ATTACK_REPORT")
    if path:
        rows = [[*what, count] for what, count in sorted(found.items())]
        Path(path).write_text(json.dumps(rows, indent=1) + "\n")
