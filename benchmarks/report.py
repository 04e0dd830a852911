"""Writes results.json and results.md: what was measured, when and where, which goals are reached.

Each section is a run of its own. One that is measured alone replaces what was known of it and
leaves the others, if it was on the same machine.
"""

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.figures import Goal
from benchmarks.sections import Section
from benchmarks.site import Site
from benchmarks.tables import Table, goal_table, markdown

Measured = dict[str, Any]  # a section as results.json has it


@dataclass(frozen=True)
class Run:
    """How long a run took, and how busy the machine was (processes that want to run)."""

    seconds: float
    load_before: float
    load_after: float


def measured(site: Site, section: Section, run: Run) -> Measured:
    """A section with all that is to be known of its run."""
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "run": asdict(run),
        "versions": dict(sorted(site.versions.items())),
        "quick": site.quick,
        "run_up": site.run_up,
        "raster": site.main.path.name,
        "figures": list(section.figures),
        "tables": [asdict(table) for table in section.tables],
        "goals": [asdict(goal) | {"verdict": goal.verdict} for goal in section.goals],
    }


def write(folder: Path, sections: dict[str, Measured]) -> str:
    """Both files; the Markdown is returned as well."""
    path = folder / "results.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    kept = known["sections"] if known.get("machine") == machine() else {}
    results = {"machine": machine(), "sections": kept | sections}
    path.write_text(json.dumps(results, indent=1) + "\n")
    document = render(json.loads(path.read_text()))
    (folder / "results.md").write_text(document)
    return document


def render(results: dict[str, Any]) -> str:
    """results.json for people."""
    parts = [_intro(results["machine"])]
    goals: list[Goal] = []
    for name, section in results["sections"].items():
        tables = [markdown(Table(**table)) for table in section["tables"]]
        parts += [f"## {name}", _run(section), *tables]
        goals += [_goal(goal) for goal in section["goals"]]
    return "\n\n".join([*parts, "## Goals", markdown(goal_table(goals))]) + "\n"


def _intro(machine: dict[str, Any]) -> str:
    return (
        f"`make bench` on {machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python "
        f"{machine['python']}. Every peer is a process of its own that times its call alone. Tile "
        'by tile they take turns in an order drawn anew. "x 2.00" is a multiple of ours in the '
        "same run, asked in the same way."
    )


def _run(section: Measured) -> str:
    run = section["run"]
    used = [section["raster"], *(f"{name} {it}" for name, it in section["versions"].items())]
    run_up = (
        f" Before each tile a peer gets {section['run_up']} others that are not counted, so that "
        "it is warm as in a busy server."
        if section["run_up"]
        else ""
    )
    return (
        f"{section['day']}{', quick' if section['quick'] else ''}: {run['seconds'] / 60:.1f} "
        f"minutes, the machine's load {run['load_before']:.1f} before and {run['load_after']:.1f} "
        f"after. {', '.join(used)}.{run_up}"
    )


def _goal(goal: dict[str, Any]) -> Goal:
    return Goal(goal["text"], goal["measured"], goal["bound"], goal["at_least"])


def machine() -> dict[str, Any]:
    """What a run ran on."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _cpu() -> str:
    """The processor's name, as Linux has it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
