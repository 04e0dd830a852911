"""The README's table, made from results.json, so that no figure in it is typed by hand."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.catalogue import EVENT, IN_PROCESS, OURS, RIO_TILER_OPEN, STOCK, STOCK_BEST, TITILER
from benchmarks.comparison import percent
from benchmarks.tables import Table, markdown

BEGIN, END = "<!-- written by make bench -->\n", "<!-- end of what make bench wrote -->\n"
_ROWS = {
    OURS: "this project",
    STOCK: "Terracotta",
    STOCK_BEST: "Terracotta, `TC_RASTER_CACHE_COMPRESS_LEVEL=1`",
    TITILER: "titiler",
    RIO_TILER_OPEN: "rio-tiler without a server, file kept open",
}
_HEADER = (
    "256 x 256 tile", "called as Lambda does, median", "p95", "in process, median", "p95",
    "bytes", "exact pixels",
)  # fmt: skip
_LAMBDA, _PROCESS = (EVENT, True), (IN_PROCESS, False)  # way, AWS credentials

Figures = Mapping[str, Any]


def update(readme: Path, results: Path) -> None:
    """Puts the table of `results` (results.json) between the two marks in `readme`."""
    before, _, rest = readme.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise ValueError(f"{readme} has not both of {BEGIN!r} and {END!r}")
    readme.write_text(before + BEGIN + table(json.loads(results.read_text())) + END + after)


def table(results: Mapping[str, Any]) -> str:
    """Ours in figures, everybody else as multiples of ours asked in the same way."""
    speed: Sequence[Figures] = results["sections"]["speed"]["figures"]
    found = {(row["peer"], (row["way"], row["credentials"])): row for row in speed}
    rows = [
        (label, *_times(found.get((peer, _LAMBDA))), *_times(plain), *_rest(plain))
        for peer, label in _ROWS.items()
        for plain in [found[peer, _PROCESS]]
    ]
    return markdown(Table("", _HEADER, rows, _note(results))) + "\n"


def _note(results: Mapping[str, Any]) -> str:
    machine, speed = results["machine"], results["sections"]["speed"]
    versions = speed["versions"]
    return (
        f"{speed['figures'][0]['count']} distinct warm tiles at zooms 10, 12 and 14 of a local COG "
        f"with 9 classes, on {machine['cpu']} with {machine['cores']} cores; Terracotta "
        f"{versions['terracotta']}, titiler {versions['titiler-core']}, rio-tiler "
        f"{versions['rio-tiler']}. Called as Lambda does: Zappa's handler, with AWS credentials in "
        "the environment. x: as a multiple of ours."
    )


def _times(row: Figures | None) -> tuple[str, str]:
    if row is None:
        return "-", "-"
    if row["peer"] == OURS:
        return f"{row['median_ms']:.1f} ms", f"{row['p95_ms']:.1f} ms"
    return f"{row['median_ratio']:.1f} x", f"{row['p95_ratio']:.1f} x"


def _rest(row: Figures) -> tuple[str, str]:
    size = f"{row['mean_bytes']:,.0f}" if row["peer"] == OURS else f"{row['bytes_ratio']:.2f} x"
    return size, percent(row["exact"])
