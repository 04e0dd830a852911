"""Warnings: what was odd about an upload that was registered all the same."""

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

_SHOWN = 20

Code = Literal[
    "averaged_overviews",
    "class_is_nodata",
    "color_kept",
    "converted",
    "no_valid_pixels",
    "rewritten",
    "sidecar_ignored",
    "table_left_out",
    "unclassified_values",
    "undeclared_nodata",
    "unnamed_classes",
]
"""Every code, stable: docs/ingestion.md says what to do about each."""


class Notice(BaseModel):
    """One warning in a report: a stable code, and a sentence with the values."""

    model_config = ConfigDict(frozen=True)

    code: Code
    message: str


def rewritten(reason: str) -> Notice:
    return Notice(code="rewritten", message=f"Rewritten as Cloud Optimized GeoTIFF: {reason}.")


def converted(was: str, now: str) -> Notice:
    return Notice(
        code="converted",
        message=f"Its pixels were {was}; they are whole numbers and were converted to {now}.",
    )


def undeclared_nodata(value: int, count: int, total: int) -> Notice:
    return Notice(
        code="undeclared_nodata",
        message=f"{count:,} pixels ({count / total:.1%}) are {value}, which nothing names, and the "
        f"raster declares no nodata value: say so with gdal_edit.py -a_nodata {value} FILE.tif if "
        "they are nodata, or give them a class.",
    )


def averaged_overviews(values: Iterable[int]) -> Notice:
    return Notice(
        code="averaged_overviews",
        message=f"Its overviews hold values that the raster itself does not ({_list(values)}), as "
        "averaging makes them; they were rebuilt with the most frequent value.",
    )


def unclassified_values(counts: Mapping[int, int], total: int) -> Notice:
    pixels = sum(counts.values())
    return Notice(
        code="unclassified_values",
        message=f"{pixels:,} pixels ({pixels / total:.3%}) have a value without a class and are "
        f"transparent: {_list(f'{value} ({count:,})' for value, count in counts.items())}.",
    )


def unnamed_classes(number: int) -> Notice:
    return Notice(
        code="unnamed_classes",
        message=f"Its {number:,} classes come from its colour table, which has no labels: they are "
        "called by their values until a class file names them. `class_file` in this report is one "
        "to start from.",
    )


def no_valid_pixels() -> Notice:
    return Notice(code="no_valid_pixels", message="Every pixel is nodata: the map will be empty.")


def class_is_nodata(label: str, value: int) -> Notice:
    return Notice(
        code="class_is_nodata",
        message=f'The class "{label}" has the value {value}, which is nodata in the raster; it is '
        'drawn. Say "nodata": true in the class file if it should not be.',
    )


def sidecar_ignored(key: str, reason: str) -> Notice:
    return Notice(code="sidecar_ignored", message=f"{key} was not used: {reason}.")


def table_left_out(reason: str) -> Notice:
    return Notice(
        code="table_left_out",
        message=f"What it says of its values is not published beside it: that takes {reason}.",
    )


def color_kept(label: str, kept: str, given: str, first: str, second: str) -> Notice:
    return Notice(
        code="color_kept",
        message=f'"{label}" keeps the colour {kept} that {first} gave it first; {second} gives '
        f"{given}. A label has one colour in all dates of a product.",
    )


def _list(items: Iterable[object]) -> str:
    texts = [str(item) for item in items]
    more = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
