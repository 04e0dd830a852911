"""Classes and colours that come with a raster, inside it or in a file of its software beside it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from categorical.classes import MAX_CLASSES, MAX_LABEL_LENGTH, Class, parse_classes
from categorical.colors import Color
from ingest.attribute_table import AttributeTable, Entry

_LONGEST = MAX_LABEL_LENGTH - 100  # leaves room for values behind it

MAX_ENTRIES = 2**17  # of a table or colour file: twice as many as a raster may have classes


@dataclass(frozen=True)
class Carried:
    """`classes` and what named them, `source`, None where nothing did; `colors` {value: colour}.

    `names` are category names as they are, from value 0 on, `table` is the whole attribute table.
    """

    source: str | None
    classes: tuple[Class, ...] = ()
    colors: Mapping[int, Color] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    table: AttributeTable | None = None


def classes_of(
    entries: Iterable[Entry], values: Iterable[int], nodata: float | None
) -> tuple[Class, ...]:
    """Named entries as classes; the raster's nodata value is a nodata class.

    Nothing in them is a reason to refuse the others. Tables often repeat a label ("Unused"):
    values that no pixel has go first, then the value is written behind the label. Where there are
    more than a raster may have, only values that pixels have count. A value that no integer pixel
    can have is left out, a label that is too long is cut.
    """
    named: dict[int, Entry] = {}
    for entry in entries:
        label = _clean(entry.label)
        if label and -(2**63) <= entry.value < 2**64:
            named.setdefault(entry.value, entry._replace(label=label))
    present = set(values)
    often = Counter(entry.label for entry in named.values())
    kept = [e for e in named.values() if often[e.label] == 1 or e.value in present]
    if len(kept) > MAX_CLASSES:
        kept = [entry for entry in kept if entry.value in present]
    return parse_classes([_stac(e, nodata) for e in _distinct(kept)]) if kept else ()


def used_colors(colors: Mapping[int, Color], values: Iterable[int]) -> dict[int, Color]:
    """A colour table without the black entries that no pixel has: tables are filled with them."""
    present = set(values)
    return {v: c for v, c in colors.items() if v in present or c[:3] != (0, 0, 0)}


def _clean(label: str) -> str:
    """One line of a bearable length."""
    plain = "".join(char if char.isprintable() else " " for char in label).strip()
    return (
        plain
        if len(plain) <= _LONGEST
        else f"{plain[: _LONGEST - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
    )


def _distinct(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Entries with their values behind labels that occur more than once."""
    entries = list(entries)
    often = Counter(entry.label for entry in entries)
    for entry in entries:
        label = entry.label
        while often[label] > 1 or (label != entry.label and label in often):
            label = f"{label} ({entry.value})"
        yield entry._replace(label=label)


def _stac(entry: Entry, nodata: float | None) -> dict[str, Any]:
    stac: dict[str, Any] = {
        "value": entry.value,
        "title": entry.label,
        "nodata": entry.value == nodata,
    }
    if entry.color is not None:
        stac |= {"color_hint": entry.color.hex, "alpha": entry.color.alpha}
    return stac
