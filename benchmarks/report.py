"""Writes results.json and results.md: what was measured, where, and which goals are reached."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.sections import Section
from benchmarks.site import Site
from benchmarks.tables import goal_table, markdown


@dataclass(frozen=True)
class Run:
    """How long a run took, and how busy the machine was (processes that want to run)."""

    seconds: float
    load_before: float
    load_after: float


def write(folder: Path, site: Site, sections: Sequence[Section], run: Run) -> str:
    """Both files; the Markdown is returned as well."""
    goals = [goal for section in sections for goal in section.goals]
    results = {
        "machine": machine(),
        "run": asdict(run),
        "versions": site.versions,
        "quick": site.quick,
        "run_up": site.run_up,
        "raster": site.main.path.name,
        "sections": {section.name: section.figures for section in sections},
        "goals": [asdict(goal) | {"verdict": goal.verdict} for goal in goals],
    }
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    tables = [table for section in sections for table in section.tables]
    parts = [_intro(site, run), *map(markdown, tables), markdown(goal_table(goals))]
    document = "\n\n".join(parts) + "\n"
    (folder / "results.md").write_text(document)
    return document


def _intro(site: Site, run: Run) -> str:
    computer = machine()
    versions = ", ".join(f"{name} {version}" for name, version in sorted(site.versions.items()))
    run_up = (
        f", after {site.run_up} others that are not counted, so that it is warm as in a busy server"
        if site.run_up
        else ""
    )
    return (
        f"`make bench{' QUICK=1' if site.quick else ''}` on {computer['cpu']}, {computer['cores']} "
        f"cores, {computer['system']}, Python {computer['python']}, took {run.seconds / 60:.0f} "
        f"minutes; the machine's load was {run.load_before:.1f} before and {run.load_after:.1f} "
        f"after. Raster: {site.main.path.name}. {versions}.\n\n"
        "Every peer is a process of its own that times its call alone. Tile by tile they take "
        f"turns in an order drawn anew; in its turn a peer gets the tile{run_up}. "
        '"x 2.00" is a multiple of ours in the same run, asked in the same way.'
    )


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
