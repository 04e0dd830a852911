"""GDAL's own sidecar, `.aux.xml` (PAM), of a raster with one band.

Named as the raster is, with `.aux.xml` behind it, GDAL takes it for the raster's own.
https://gdal.org/en/stable/user/raster_data_model.html
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from categorical.colors import Color
from categorical.xml_text import to_document, xml_chars

# Colour tables and category names have an entry for every value from 0 on, whether or not it has a
# class or colour: more than so many are left to the attribute table.
MAX_ENTRIES = 1 << 14
INTEGER, REAL, STRING = range(3)  # GDALRATFieldType; integers are of 32 bits

_NO_COLOR = Color(0, 0, 0, 0)


class Field(NamedTuple):
    """A column of an attribute table: `kind` is a GDALRATFieldType, `usage` a GDALRATFieldUsage."""

    name: str
    kind: int
    usage: int


class Table(NamedTuple):
    """An attribute table; with `bins`, row n is for the value `first + n * step`."""

    fields: Sequence[Field]
    rows: Iterable[Iterable[object]]
    bins: tuple[float, float] | None = None


def pam_document(
    colors: Sequence[Color | None], names: Sequence[str], table: Table | None
) -> bytes:
    """The sidecar, with what is given: `colors` and `names` by value from 0 on, and a table.

    Text becomes text and nothing else: what XML has no way to write is U+FFFD.
    """
    root = Element("PAMDataset")
    band = SubElement(root, "PAMRasterBand", band="1")
    if colors:
        _add_color_table(band, colors)
    if names:
        _add_category_names(band, names)
    if table is not None:
        _add_attribute_table(band, table)
    return to_document(root)


def _add_color_table(band: Element, colors: Iterable[Color | None]) -> None:
    table = SubElement(band, "ColorTable")
    for color in colors:
        channels = map(str, color or _NO_COLOR)
        SubElement(table, "Entry", dict(zip(("c1", "c2", "c3", "c4"), channels, strict=True)))


def _add_category_names(band: Element, names: Iterable[str]) -> None:
    categories = SubElement(band, "CategoryNames")
    for name in names:
        SubElement(categories, "Category").text = xml_chars(name)


def _add_attribute_table(band: Element, table: Table) -> None:
    bins = {}
    if table.bins:
        bins = dict(zip(("Row0Min", "BinSize"), map(str, table.bins), strict=True))
    element = SubElement(band, "GDALRasterAttributeTable", bins, tableType="thematic")
    for index, field in enumerate(table.fields):
        definition = SubElement(element, "FieldDefn", index=str(index))
        for tag, content in (("Name", field.name), ("Type", field.kind), ("Usage", field.usage)):
            SubElement(definition, tag).text = xml_chars(str(content))
    for number, cells in enumerate(table.rows):
        row = SubElement(element, "Row", index=str(number))
        for cell in cells:
            SubElement(row, "F").text = xml_chars(str(cell))
