"""The classes in a dataset's metadata: as the ingestion registered them, or `categories` alone.

Terracotta takes any JSON for metadata, so what is faulty is left out here instead of refused: the
rest of a legend is better than none.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from categorical.classes import Class, parse_classes, to_stac
from categorical.errors import InvalidClassFile
from categorical.palettes import assign_colors

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counted:
    """How often a class occurs in the raster: pixels and per cent; None where nobody counted."""

    count: int | None = None
    percentage: float | None = None


def read_classes(metadata: Mapping[str, Any]) -> tuple[Class, ...]:
    """The classes in `metadata`, ordered by value, each with a colour; () if there are none.

    From `classes`, which the ingestion writes in STAC terms, otherwise from `categories`, the
    {label: value} of Terracotta's guide. Classes without a colour get ColorBrewer's in the order of
    their values.
    """
    classes = _readable(metadata.get("classes")) or _readable(metadata.get("categories"))
    given = {item.label: item.color for item in classes if item.color is not None}
    colors = assign_colors([item.label for item in classes], given)
    return tuple(replace(item, color=colors[item.label]) for item in classes)


def read_counts(metadata: Mapping[str, Any]) -> dict[int, Counted]:
    """{value: how often it occurs} for the classes that the ingestion counted."""
    classes = metadata.get("classes")
    return {
        item["value"]: Counted(item.get("count"), item.get("percentage"))
        for item in (classes if isinstance(classes, list) else ())
        if isinstance(item, Mapping) and isinstance(item.get("value"), int)
    }


def _readable(document: object) -> tuple[Class, ...]:
    """The classes in `document`; of a faulty one, those that are right and repeat no other."""
    if not document:
        return ()
    try:
        return parse_classes(document)
    except InvalidClassFile as error:
        log.warning("faulty classes are left out: %s", error)
    kept: list[Class] = []
    for item in _each_alone(document):
        if all(item.value != other.value and item.label != other.label for other in kept):
            kept.append(item)
    return parse_classes([to_stac(item) for item in kept]) if kept else ()


def _each_alone(document: object) -> Iterator[Class]:
    """The classes that can be read one by one."""
    for item in _items(document):
        try:
            yield from parse_classes(item)
        except InvalidClassFile:
            continue


def _items(document: object) -> Iterator[object]:
    if isinstance(document, Mapping):
        yield from ({label: value} for label, value in document.items())
    elif isinstance(document, list):
        yield from ([item] for item in document)
