"""Peers' figures side by side: as JSON, as tables of ratios to ours, against the goals."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.catalogue import EVENT, IN_PROCESS, OURS, SHORT, STOCK, STOCK_BEST, TITILER
from benchmarks.figures import Goal, Summary, at_least, at_most
from benchmarks.oracle import NOTHING, Share
from benchmarks.peer import Spec
from benchmarks.tables import Table

ZOOMS = (10, 12, 14)


@dataclass(frozen=True)
class Row:
    """One peer's figures: `zooms` and `exact` by zoom, `all` over all zooms."""

    spec: Spec
    all: Summary
    zooms: dict[int, Summary]
    exact: dict[int, Share]
    first_ms: float
    ready_ms: float
    peak_mib: float

    @property
    def share(self) -> float | None:
        """Share of exact pixels over all zooms, from 0 to 1."""
        return sum(self.exact.values(), NOTHING).fraction


def _find(rows: Sequence[Row], name: str, way: str, credentials: bool) -> Row | None:
    wanted = (name, way, credentials)
    specs = {(row.spec.name, row.spec.way, row.spec.credentials): row for row in rows}
    return specs.get(wanted)


def _ours(rows: Sequence[Row], row: Row) -> Row:
    """What a row is compared with: our /singleband, asked in the same way."""
    found = _find(rows, OURS, row.spec.way, row.spec.credentials)
    assert found
    return found


def figures(row: Row, rows: Sequence[Row]) -> dict[str, Any]:
    ours = _ours(rows, row)
    return {
        "peer": row.spec.name,
        "way": row.spec.way,
        "credentials": row.spec.credentials,
        **asdict(row.all),
        "median_ratio": row.all.median_ms / ours.all.median_ms,
        "p95_ratio": row.all.p95_ms / ours.all.p95_ms,
        "bytes_ratio": row.all.mean_bytes / ours.all.mean_bytes,
        "exact": row.share,
        "first_ms": row.first_ms,
        "ready_ms": row.ready_ms,
        "peak_mib": row.peak_mib,
        "zooms": {
            zoom: asdict(figures) | {"exact": row.exact[zoom].fraction}
            for zoom, figures in row.zooms.items()
        },
    }


def tables(rows: Sequence[Row]) -> list[Table]:
    count = rows[0].all.count
    ways = [(way, creds) for creds in (True, False) for way in (IN_PROCESS, EVENT)]
    ordered = [
        row
        for way, creds in ways
        for row in rows
        if (row.spec.way, row.spec.credentials) == (way, creds)
    ]
    zooms = ", ".join(f"z{zoom}" for zoom in rows[0].zooms)
    title = f"Warm tiles: for every peer the same {count} distinct ones, {zooms}"
    return [
        Table(title, _HEADER, [_cells(row, _ours(rows, row)) for row in ordered]),
        Table("The same by zoom", _zoom_header(rows[0]), [_zoom_cells(row) for row in ordered]),
    ]


_HEADER = (
    "peer", "way", "AWS credentials", "median", "p95", "bytes", "exact", "first tile", "peak memory"
)  # fmt: skip


def _zoom_header(row: Row) -> tuple[str, ...]:
    medians = (f"median z{zoom}" for zoom in row.zooms)
    exact = (f"exact z{zoom}" for zoom in row.exact)
    return ("peer", "way", "AWS credentials", *medians, *exact)


def _cells(row: Row, ours: Row) -> list[str]:
    return [
        *_who(row),
        f"{row.all.median_ms:.2f} ms"
        if row is ours
        else _times(row.all.median_ms, ours.all.median_ms),
        f"{row.all.p95_ms:.2f} ms" if row is ours else _times(row.all.p95_ms, ours.all.p95_ms),
        f"{row.all.mean_bytes:,.0f}"
        if row is ours
        else _times(row.all.mean_bytes, ours.all.mean_bytes),
        percent(row.share),
        f"{row.first_ms:.0f} ms",
        f"{row.peak_mib:.0f} MiB",
    ]


def _zoom_cells(row: Row) -> list[str]:
    return [
        *_who(row),
        *(f"{figures.median_ms:.2f} ms" for figures in row.zooms.values()),
        *(percent(share.fraction) for share in row.exact.values()),
    ]


def _who(row: Row) -> tuple[str, str, str]:
    return row.spec.name, row.spec.way, "yes" if row.spec.credentials else "no"


def _times(theirs: float, ours: float) -> str:
    return f"x {theirs / ours:.2f}"


def percent(share: float | None) -> str:
    """A share as per cent, never rounded up to all."""
    if share is None:
        return "-"
    return "100 %" if share == 1 else f"{int(share * 1e5) / 1e3:.3f} %"


def goals(rows: Sequence[Row]) -> list[Goal]:
    goals = []
    for name, way, credentials, bound in _BOUNDS:
        theirs, ours = _find(rows, name, way, credentials), _find(rows, OURS, way, credentials)
        with_ = "with" if credentials else "without"
        text = f"{{}} of {name}, {way}, {with_} AWS credentials, as a multiple of ours"
        for what, figure in (("median", "median_ms"), ("p95", "p95_ms")):
            ratio = (
                getattr(theirs.all, figure) / getattr(ours.all, figure) if theirs and ours else None
            )
            goals.append(at_least(text.format(what), ratio, bound))
    stock, ours = (_find(rows, name, IN_PROCESS, False) for name in (STOCK, OURS))
    size = ours.all.mean_bytes / stock.all.mean_bytes if ours and stock else None
    goals.append(at_most("bytes of a tile as a share of Terracotta's", size, 0.65))
    for name in (OURS, SHORT):
        found = _find(rows, name, IN_PROCESS, False)
        goals.append(at_least(f"exact pixels, {name}", found.share if found else None, 0.9999))
    return goals


_BOUNDS = (
    (STOCK, IN_PROCESS, True, 20),
    (STOCK, EVENT, True, 12),
    (STOCK, IN_PROCESS, False, 12),
    (STOCK_BEST, IN_PROCESS, False, 6),
    (TITILER, IN_PROCESS, False, 12),
)
