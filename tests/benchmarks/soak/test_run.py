"""The short form of `make soak`: the whole system under load while its datasets change."""

from pathlib import Path

import pytest

from benchmarks.soak import report
from benchmarks.soak.run import Size, soak
from benchmarks.soak.summary import Soak

SIZE = Size(seconds=30, datasets=300, live=8, viewers=4, ttl=3)


@pytest.fixture(scope="module")
def seen() -> Soak:
    return soak(SIZE)


@pytest.mark.timeout(600)
def test_nothing_is_wrong_and_nothing_fails(seen: Soak) -> None:
    assert len(seen.answers) > 100
    assert seen.faulty() == []


def test_every_change_is_registered_and_shows_in_time(seen: Soak) -> None:
    changes = [change for change in seen.changes if change.began > 0]
    assert len(changes) > SIZE.live
    assert (seen.lost, seen.dead_letters) == (0, 0)


def test_memory_connections_and_files_are_bounded(seen: Soak) -> None:
    # Caches are still filling in so short a run; `make soak` has the strict bound.
    assert all(grown is not None and grown < 30 for grown in seen.growth().values())
    assert max(c.by_user.get("reader", 0) for c in seen.connections) <= 2 * SIZE.workers
    assert max(c.by_user.get("writer", 0) for c in seen.connections) <= 2 * SIZE.workers
    assert max(sample.files for sample in seen.samples) < 100


def test_the_report_says_it_all(seen: Soak, tmp_path: Path) -> None:
    document = report.write(tmp_path, seen, SIZE, (0.5, 1.5))
    assert (tmp_path / "soak.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "soak.md").read_text() == document
    for line in ("| answers that are errors", "| tile ", "| ingestion", "(soak.png)"):
        assert line in document
