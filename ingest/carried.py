"""Classes and colours that come with a raster, inside it or in a file of its software beside it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from categorical.classes import Class, parse_classes
from categorical.colors import Color
from categorical.errors import InvalidClassFile

MAX_ENTRIES = 2**17  # of a table or colour file: twice as many as a raster may have classes


class Entry(NamedTuple):
    """One row of whatever names values; an empty label names nothing."""

    value: int
    label: str
    color: Color | None = None


@dataclass(frozen=True)
class Carried:
    """`classes` and what named them, `source`, None where nothing did; `colors` {value: colour}."""

    source: str | None
    classes: tuple[Class, ...] = ()
    colors: Mapping[int, Color] = field(default_factory=dict)


def classes_of(
    entries: Iterable[Entry], values: Iterable[int], nodata: float | None
) -> tuple[Class, ...]:
    """Named entries as classes; the raster's nodata value is a nodata class.

    Tables often repeat a label ("Unused"): values that no pixel has go first, then the value is
    written behind the label.
    """
    named: dict[int, Entry] = {}
    for entry in entries:
        label = "".join(char if char.isprintable() else " " for char in entry.label).strip()
        if label:
            named.setdefault(entry.value, entry._replace(label=label))
    present = set(values)
    often = Counter(entry.label for entry in named.values())
    kept = [e for e in named.values() if often[e.label] == 1 or e.value in present]
    often = Counter(entry.label for entry in kept)
    stac = [_stac(entry, often[entry.label] > 1, nodata) for entry in kept]
    try:
        return parse_classes(stac) if stac else ()
    except InvalidClassFile:
        return ()


def used_colors(colors: Mapping[int, Color], values: Iterable[int]) -> dict[int, Color]:
    """A colour table without the black entries that no pixel has: tables are filled with them."""
    present = set(values)
    return {v: c for v, c in colors.items() if v in present or c[:3] != (0, 0, 0)}


def _stac(entry: Entry, repeated: bool, nodata: float | None) -> dict[str, Any]:
    stac: dict[str, Any] = {
        "value": entry.value,
        "title": f"{entry.label} ({entry.value})" if repeated else entry.label,
        "nodata": entry.value == nodata,
    }
    if entry.color is not None:
        stac |= {"color_hint": entry.color.hex, "alpha": entry.color.alpha}
    return stac
