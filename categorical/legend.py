"""The legend of a categorical raster: its title, and a label and colour for each class drawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from categorical.classes import Class
from categorical.colors import TRANSPARENT, Color


@dataclass(frozen=True)
class Entry:
    """One line of a legend: the label of a class and the colour its pixels are drawn in."""

    value: int
    label: str
    color: Color


@dataclass(frozen=True)
class Legend:
    """A title above entries, which are in the order of their values."""

    title: str
    entries: tuple[Entry, ...]


def make_legend(title: str, classes: Iterable[Class]) -> Legend:
    """The legend of `classes`; nodata classes are not drawn, so they are not in it."""
    drawn = sorted((item for item in classes if not item.nodata), key=lambda item: item.value)
    return Legend(
        title, tuple(Entry(item.value, item.label, item.color or TRANSPARENT) for item in drawn)
    )


def to_json(legend: Legend) -> dict[str, Any]:
    """{"title", "entries": [{"value", "label", "color"}]}, ready for a JSON encoder.

    `color` is six hex digits without `#`; an `alpha` below 255 stands beside it.
    """
    return {"title": legend.title, "entries": [_entry(entry) for entry in legend.entries]}


def _entry(entry: Entry) -> dict[str, Any]:
    color = entry.color
    alpha = {"alpha": color.alpha} if color.alpha < 255 else {}
    return {"value": entry.value, "label": entry.label, "color": color.hex, **alpha}
