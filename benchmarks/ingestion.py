"""What ingestion costs: statistics and checks, publication, a burst of small rasters.

Each measurement is a process of its own, so that its peak memory is its own; GDAL alone, asked for
the same file, is the peer.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.figures import Goal, at_least, at_most
from benchmarks.ingestion_burst import Burst, burst
from benchmarks.peer import ROOT
from benchmarks.rasters import Recipe, without_overviews
from benchmarks.sections import Section
from benchmarks.site import Site
from benchmarks.tables import Table

EXAMINED = Recipe(36_000)
PUBLISHED = Recipe(43_200)
SHAPE = (21_600, 43_200)
MEMORY = 256.0  # MiB
RASTERS = 500
_RUNS = 3


@dataclass(frozen=True)
class Cost:
    """The median time, and the largest peak memory, of some runs."""

    what: str
    seconds: float
    peak_mib: float


def measure(site: Site) -> Section:
    """All three; --quick leaves out two of three runs, and nine of ten small rasters."""
    runs = 1 if site.quick else _RUNS
    examined = site.subject(EXAMINED).path
    plain = without_overviews(site.subject(PUBLISHED).path, SHAPE)
    costs = {
        task: _cost(task, path, runs)
        for task, path in (
            ("decode", examined), ("examine", examined), ("translate", plain), ("publish", plain)
        )
    }  # fmt: skip
    site.say("  a burst of small rasters through the local system")
    result = burst(RASTERS // 10 if site.quick else RASTERS)
    figures = [*(vars(cost) for cost in costs.values()), vars(result)]
    return Section(
        "ingestion", figures, [_table(costs), _burst_table(result)], _goals(costs, result)
    )


def _cost(task: str, path: Path, runs: int) -> Cost:
    command = [sys.executable, "-m", "benchmarks.ingestion_task", task, str(path)]
    found = [
        json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
        for _ in range(runs)
    ]
    seconds, peak = median(f["seconds"] for f in found), max(f["peak_mib"] for f in found)
    return Cost(TASKS[task], seconds, peak)


TASKS = {
    "decode": "GDAL decodes 36,000 x 36,000 pixels block by block",
    "examine": "ours: statistics and checks of the same",
    "translate": "GDAL's COG driver, 43,200 x 21,600 pixels without overviews",
    "publish": "ours: checks, rewriting and checksum of the same",
}


def _table(costs: dict[str, Cost]) -> Table:
    rows = [(c.what, f"{c.seconds:.2f} s", f"{c.peak_mib:.0f} MiB") for c in costs.values()]
    return Table("Ingestion of one raster", ("what", "time", "peak memory"), rows)


def _burst_table(result: Burst) -> Table:
    row = (
        f"{result.rasters}", f"{result.registered}", f"{result.seconds:.1f} s",
        f"{result.rate:.1f}/s", f"{result.workers}", f"{result.connections}",
    )  # fmt: skip
    header = ("uploaded", "registered", "time", "rate", "workers", "connections at most")
    return Table("A burst of small rasters through the local system", header, [row])


def _goals(costs: dict[str, Cost], result: Burst) -> list[Goal]:
    examine = costs["examine"].seconds / costs["decode"].seconds
    publish = costs["publish"].seconds / costs["translate"].seconds
    return [
        at_most("statistics and checks, in times GDAL's decoding", examine, 2.5),
        at_most("statistics and checks, peak MiB", costs["examine"].peak_mib, MEMORY),
        at_most("publishing, in times GDAL's COG driver", publish, 3),
        at_most("publishing, peak MiB", costs["publish"].peak_mib, MEMORY),
        at_least("rasters of the burst that are registered", result.registered, result.rasters),
        at_most("database connections in the burst", result.connections, result.workers),
        at_least("rate of the burst, of one raster after the other by so many workers",
                 result.rate / result.workers_rate, 0.8),
    ]  # fmt: skip
