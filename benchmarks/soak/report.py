"""A soak as a page of Markdown, with a picture beside it."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.report import machine
from benchmarks.soak.plots import draw
from benchmarks.soak.run import Size
from benchmarks.soak.summary import Soak, kinds
from benchmarks.tables import Table, goal_table, markdown

PICTURE = "soak.png"


def write(folder: Path, soak: Soak, size: Size, loads: tuple[float, float]) -> str:
    """Both files; the Markdown is returned as well. `loads` are the machine's, before and after."""
    draw(soak, folder / PICTURE)
    parts = [
        _intro(soak, size, loads),
        markdown(goal_table(soak.goals())),
        markdown(_answers(soak)),
        markdown(_changes(soak)),
        markdown(_processes(soak)),
        f"![Answers, times, memory and connections over time]({PICTURE})",
    ]
    document = "\n\n".join(parts) + "\n"
    (folder / "soak.md").write_text(document)
    return document


def _intro(soak: Soak, size: Size, loads: tuple[float, float]) -> str:
    computer, seconds = machine(), soak.ended - soak.began
    return (
        "# Soak\n\n"
        "Written by `make soak`, which describes itself in `python -m benchmarks.soak --help`.\n\n"
        f"{seconds / 60:.1f} minutes on {computer['cpu']}, {computer['cores']} cores, "
        f"{computer['system']}, Python {computer['python']}. The whole system, the load and its "
        f"oracle share these cores; the machine's load was {loads[0]:.1f} before and "
        f"{loads[1]:.1f} after, so times are those of a machine that is full, not of a tile.\n\n"
        f"{size.viewers} viewers with six connections each pan and zoom over {size.datasets:,} "
        f"datasets by Zipf's law, in viewports of 24 to 60 tiles; {size.workers} workers a "
        f"function, PostgreSQL, S3 and SQS on loopback. Meanwhile {size.live} of the datasets are "
        "replaced, relabelled, spoilt, removed and uploaded again. Every tile is compared pixel by "
        "pixel with what the oracle finds point by point; classes, legends, points and outlines "
        "must all be of one version of their dataset."
    )


def _answers(soak: Soak) -> Table:
    seconds = soak.ended - soak.began
    rows = [
        (
            kind.kind,
            f"{kind.count:,}",
            f"{kind.count / seconds:.1f}",
            ", ".join(f"{status}: {count:,}" for status, count in kind.statuses.items()),
            *(f"{value:.0f}" for value in (kind.median_ms, kind.p95_ms, kind.p99_ms)),
        )
        for kind in kinds(soak.answers)
    ]
    head = ("request", "answers", "a second", "by status", "median ms", "p95 ms", "p99 ms")
    return Table("Answers (404 while a dataset is removed)", head, rows)


def _changes(soak: Soak) -> Table:
    took = [change.done - change.began for change in soak.changes if change.began > 0]
    done = [seconds for seconds in took if seconds != float("inf")]
    row = (
        f"{len(took):,}",
        f"{len(done):,}",
        f"{median(done):.1f}" if done else "-",
        f"{max(done):.1f}" if done else "-",
        f"{soak.late:.1f}",
    )
    head = ("changes", "registered", "median s", "slowest s", "what was before showed for s")
    return Table("Changes, until the report says so", head, [row])


def _processes(soak: Soak) -> Table:
    growth = soak.growth()
    rows = []
    for role in growth:
        samples = [sample for sample in soak.samples if sample.role == role]
        last = [s.bytes for s in samples if s.at >= soak.ended - 30]
        rows.append(
            (
                role,
                f"{len({s.pid for s in samples})}",
                f"{median(last) / 2**20:.0f}" if last else "-",
                f"{max(s.bytes for s in samples) / 2**20:.0f}",
                f"{growth[role]:+.1f}",
                _range([s.files for s in samples]),
                _range([_connections(c.by_user, role) for c in soak.connections]),
            )
        )
    head = ("function", "processes", "MiB at the end", "most MiB", "growth %", "open files")
    return Table("Processes, each", (*head, "connections of all"), rows)


def _range(values: Sequence[int]) -> str:
    return f"{min(values)} to {max(values)}" if values else "-"


def _connections(by_user: dict[str, int], role: str) -> int:
    return by_user.get("reader" if role == "tile API" else "writer", 0)
