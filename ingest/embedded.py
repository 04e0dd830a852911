"""Classes and colours that a raster carries: attribute table, category names, colour table.

rasterio has no call for the first two, but a copy of the dataset as VRT holds them as XML, in the
same elements as an `.aux.xml` sidecar.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import rasterio.shutil
from defusedxml import ElementTree
from rasterio import DatasetReader

from categorical.classes import Class, parse_classes
from categorical.colors import Color
from categorical.errors import InvalidClassFile

ATTRIBUTE_TABLE = "raster attribute table"
CATEGORY_NAMES = "category names"

# GDALRATFieldUsage, https://gdal.org/en/stable/api/raster_c_api.html
_NAME, _MIN, _MINMAX = 2, 3, 5
_RED, _GREEN, _BLUE, _ALPHA = 6, 7, 8, 9
_USAGE_OF = {
    "value": _MINMAX,
    "red": _RED,
    "green": _GREEN,
    "blue": _BLUE,
    "alpha": _ALPHA,
    "opacity": _ALPHA,
}
_TELLING = re.compile(r"name|label|class|categor|land.?cover|legend|descr|type", re.IGNORECASE)
_STRING = 2
_MAX_XML = 2**26


@dataclass(frozen=True)
class Embedded:
    """`classes` from the first `source` that has any; `colors` {value: colour} of the table."""

    source: str | None
    classes: tuple[Class, ...]
    colors: Mapping[int, Color]


def embedded(dataset: DatasetReader, values: Iterable[int], scratch: Path) -> Embedded:
    """What the raster says about its own values; `scratch` is a path to write to.

    Black entries of a colour table that no pixel has are left out: tables are filled with them.
    """
    values = set(values)
    band = _band_xml(dataset, scratch)
    colors = {v: c for v, c in _color_table(dataset).items() if v in values or c[:3] != (0, 0, 0)}
    source, classes = (None, ()) if band is None else classes_in(band, values, dataset.nodata)
    return Embedded(source, classes, colors)


def classes_in(
    band: Element, values: set[int], nodata: float | None
) -> tuple[str | None, tuple[Class, ...]]:
    """The classes that a band's XML names, and what names them; (None, ()) where nothing does."""
    for source, read in ((ATTRIBUTE_TABLE, _attribute_table), (CATEGORY_NAMES, _names)):
        classes = _as_classes(read(band), values, nodata)
        if classes:
            return source, classes
    return None, ()


def _band_xml(dataset: DatasetReader, scratch: Path) -> Element | None:
    rasterio.shutil.copy(dataset, scratch, driver="VRT")
    if scratch.stat().st_size > _MAX_XML:
        return None
    found: Element | None = ElementTree.fromstring(scratch.read_bytes()).find("VRTRasterBand")
    return found


def _color_table(dataset: DatasetReader) -> dict[int, Color]:
    try:
        return {value: Color(*color) for value, color in dataset.colormap(1).items()}
    except ValueError:  # it has none
        return {}


_Entry = tuple[int, str, Color | None]


def _names(band: Element) -> Iterator[_Entry]:
    """Category names: the first is that of value 0."""
    for value, item in enumerate(band.findall("CategoryNames/Category")):
        yield value, item.text or "", None


def _attribute_table(band: Element) -> Iterator[_Entry]:
    """Rows of the attribute table that have a value and a name column."""
    table = band.find("GDALRasterAttributeTable")
    if table is None:
        return
    columns = _columns(table)
    if "label" not in columns:
        return
    first, step = float(table.get("Row0Min", 0)), float(table.get("BinSize", 1))
    for number, row in enumerate(table.findall("Row")):
        cells = [cell.text or "" for cell in row.findall("F")]
        value = _number(_cell(cells, columns.get("value")), first + number * step)
        if value is not None:
            yield value, _cell(cells, columns["label"]), _row_color(cells, columns)


def _columns(table: Element) -> dict[str, int]:
    """Places of the columns that matter: by usage, failing that by name."""
    fields = [_field(field) for field in table.findall("FieldDefn")]
    by_usage: dict[int, int] = {}
    for place, (name, _, usage) in enumerate(fields):
        by_usage.setdefault(usage or _USAGE_OF.get(name.lower(), 0), place)
    wanted = {
        "value": by_usage.get(_MINMAX, by_usage.get(_MIN)),
        "label": by_usage.get(_NAME, _telling(fields)),
        "red": by_usage.get(_RED),
        "green": by_usage.get(_GREEN),
        "blue": by_usage.get(_BLUE),
        "alpha": by_usage.get(_ALPHA),
    }
    return {name: place for name, place in wanted.items() if place is not None}


def _field(field: Element) -> tuple[str, int, int]:
    """Name, type and usage."""
    return (
        field.findtext("Name", ""),
        _number(field.findtext("Type", ""), 0) or 0,
        _number(field.findtext("Usage", ""), 0) or 0,
    )


def _telling(fields: list[tuple[str, int, int]]) -> int | None:
    """The first text column whose name says that it names something."""
    return next(
        (
            i
            for i, (name, kind, _) in enumerate(fields)
            if kind == _STRING and _TELLING.search(name)
        ),
        None,
    )


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _number(text: str, otherwise: float) -> int | None:
    try:
        number = float(text or otherwise)
        return int(number) if number.is_integer() else None
    except (ValueError, OverflowError):
        return None


def _row_color(cells: list[str], columns: Mapping[str, int]) -> Color | None:
    if not {"red", "green", "blue"} <= columns.keys():
        return None
    channels = [_number(_cell(cells, columns[name]), -1) for name in ("red", "green", "blue")]
    alpha = _number(_cell(cells, columns.get("alpha")), 255)
    if alpha == 1:  # a share instead of 0 to 255
        alpha = 255
    channels.append(alpha)
    if any(channel is None or not 0 <= channel <= 255 for channel in channels):
        return None
    return Color(*(channel for channel in channels if channel is not None))


def _as_classes(
    entries: Iterable[_Entry], values: set[int], nodata: float | None
) -> tuple[Class, ...]:
    """Named entries as classes; the raster's nodata value is a nodata class.

    Tables often repeat a label ("Unused"): values that no pixel has go first, then the value is
    written behind the label.
    """
    named: dict[int, _Entry] = {}
    for value, label, color in entries:
        clean = "".join(char if char.isprintable() else " " for char in label).strip()
        if clean:
            named.setdefault(value, (value, clean, color))
    often = Counter(label for _, label, _ in named.values())
    kept = [e for e in named.values() if often[e[1]] == 1 or e[0] in values]
    often = Counter(label for _, label, _ in kept)
    stac = [_stac(entry, often[entry[1]] > 1, nodata) for entry in kept]
    try:
        return parse_classes(stac) if stac else ()
    except InvalidClassFile:
        return ()


def _stac(entry: _Entry, repeated: bool, nodata: float | None) -> dict[str, Any]:
    value, label, color = entry
    stac: dict[str, Any] = {
        "value": value,
        "title": f"{label} ({value})" if repeated else label,
        "nodata": value == nodata,
    }
    if color is not None:
        stac |= {"color_hint": color.hex, "alpha": color.alpha}
    return stac
