"""The metadata of a dataset: `categories`, `classes` and `source`, as other programs read them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from categorical.classes import Class, to_categories, to_stac
from categorical.colors import Color
from ingest.inspection import Inspection
from ingest.notices import (
    Notice,
    class_is_nodata,
    unclassified_values,
    undeclared_nodata,
)

_FILL_VALUES = (0, 255)
_FILL_SHARE = 0.1


def describe_classes(
    classes: Sequence[Class], inspection: Inspection, colors: Mapping[str, Color]
) -> dict[str, Any]:
    """`categories` {label: value}, and `classes` in STAC terms with final colours.

    `count` is in pixels. `percentage` is the share of the pixels that are not nodata, neither by a
    nodata class nor, where no class has it, by the raster's nodata value.
    """
    total = _valid_pixels(classes, inspection)
    colored = [replace(item, color=colors.get(item.label)) for item in classes]
    return {
        "categories": to_categories(classes),
        "classes": [
            {**to_stac(item), **_share(item, inspection.counts, total)} for item in colored
        ],
    }


def class_notices(classes: Iterable[Class], inspection: Inspection) -> list[Notice]:
    """What is odd about these classes for this raster."""
    known = {item.value: item for item in classes}
    unclassified = {
        value: count
        for value, count in inspection.counts.items()
        if value not in known and value != inspection.nodata
    }
    notices = []
    if unclassified:
        total = sum(inspection.counts.values()) + inspection.masked
        notices.append(unclassified_values(unclassified, total))
        notices += fill_notices(unclassified, inspection)
    hidden = _class_of(inspection.nodata, known)
    if hidden and not hidden.nodata and hidden.value in inspection.counts:
        notices.append(class_is_nodata(hidden.label, hidden.value))
    return notices


def with_color(item: Mapping[str, Any], color: Color) -> dict[str, Any]:
    """A class of the metadata in another colour."""
    plain = {name: value for name, value in item.items() if name != "alpha"}
    alpha = {} if color.alpha == 255 else {"alpha": color.alpha}
    return {**plain, "color_hint": color.hex, **alpha}


def fill_notices(unnamed: Mapping[int, int], inspection: Inspection) -> Iterator[Notice]:
    """Whether a value that software likes to fill with, and nobody named, plainly fills it."""
    total = sum(inspection.counts.values()) + inspection.masked
    for value in _FILL_VALUES if inspection.nodata is None else ():
        count = unnamed.get(value, 0)
        if count >= _FILL_SHARE * total:
            yield undeclared_nodata(value, count, total)


def _valid_pixels(classes: Iterable[Class], inspection: Inspection) -> int:
    by_value = {item.value: item.nodata for item in classes}
    if inspection.nodata is not None:
        by_value.setdefault(int(inspection.nodata), True)
    return sum(n for value, n in inspection.counts.items() if not by_value.get(value, False))


def _share(item: Class, counts: Mapping[int, int], total: int) -> dict[str, Any]:
    count = counts.get(item.value, 0)
    share = 0.0 if item.nodata or not total else 100 * count / total
    return {"count": count, "percentage": round(share, 6)}


def _class_of(nodata: float | None, known: Mapping[int, Class]) -> Class | None:
    return None if nodata is None else known.get(int(nodata))
