"""GDAL's own sidecar, `.aux.xml` (PAM): colour table, category names and raster attribute table.

Renamed to that of a raster with `.aux.xml` behind it, GDAL takes it for the raster's own.
https://gdal.org/en/stable/user/raster_data_model.html
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from categorical.classes import Class
from categorical.xml_text import to_document, xml_chars

# Colour tables and category names have an entry for every value from 0 on, whether or not it has a
# class. Where values are larger, or negative, the attribute table stands alone.
MAX_ENTRIES = 1 << 14

_INTEGER, _REAL, _STRING = range(3)  # GDALRATFieldType; integers are of 32 bits
_LARGEST = 2**31 - 1


class _Column(NamedTuple):
    name: str
    kind: int
    usage: int  # GDALRATFieldUsage
    cell: Callable[[Class], object]


def to_aux_xml(classes: Sequence[Class], counts: Mapping[int, int]) -> bytes:
    """The sidecar; `counts` are pixels by value, of all classes or of none."""
    root = Element("PAMDataset")
    band = SubElement(root, "PAMRasterBand", band="1")
    if classes and classes[0].value >= 0 and classes[-1].value < MAX_ENTRIES:
        by_value = {item.value: item for item in classes}
        places = [by_value.get(value) for value in range(classes[-1].value + 1)]
        _add_color_table(band, places)
        _add_category_names(band, places)
    _add_attribute_table(band, classes, counts)
    return to_document(root)


def _add_color_table(band: Element, places: Iterable[Class | None]) -> None:
    table = SubElement(band, "ColorTable")
    for item in places:
        channels = item.drawn_color if item else (0, 0, 0, 0)
        names = ("c1", "c2", "c3", "c4")
        SubElement(table, "Entry", dict(zip(names, map(str, channels), strict=True)))


def _add_category_names(band: Element, places: Iterable[Class | None]) -> None:
    names = SubElement(band, "CategoryNames")
    for item in places:
        SubElement(names, "Category").text = xml_chars(item.label) if item else ""


def _add_attribute_table(
    band: Element, classes: Sequence[Class], counts: Mapping[int, int]
) -> None:
    table = SubElement(band, "GDALRasterAttributeTable", tableType="thematic")
    columns = list(_columns(classes, counts))
    for index, column in enumerate(columns):
        definition = SubElement(table, "FieldDefn", index=str(index))
        for tag, content in (("Name", column.name), ("Type", column.kind), ("Usage", column.usage)):
            SubElement(definition, tag).text = str(content)
    for number, item in enumerate(classes):
        row = SubElement(table, "Row", index=str(number))
        for column in columns:
            SubElement(row, "F").text = str(column.cell(item))


def _columns(classes: Sequence[Class], counts: Mapping[int, int]) -> Iterator[_Column]:
    large = any(abs(item.value) > _LARGEST for item in classes)
    yield _Column("Value", _REAL if large else _INTEGER, 5, lambda item: item.value)
    if all(item.value in counts for item in classes):
        yield _Column("Count", _REAL, 1, lambda item: counts[item.value])
    yield _Column("Class_Name", _STRING, 2, lambda item: xml_chars(item.label))
    yield _Column("Red", _INTEGER, 6, lambda item: item.drawn_color.red)
    yield _Column("Green", _INTEGER, 7, lambda item: item.drawn_color.green)
    yield _Column("Blue", _INTEGER, 8, lambda item: item.drawn_color.blue)
    yield _Column("Alpha", _INTEGER, 9, lambda item: item.drawn_color.alpha)
