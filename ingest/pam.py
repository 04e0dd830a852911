"""What GDAL says about a raster's values, in the XML of a VRT or of an `.aux.xml` sidecar.

rasterio has no call for attribute tables and category names, but a copy of a dataset as VRT holds
both, in the same elements as a sidecar.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import rasterio.shutil
from defusedxml import DefusedXmlException, ElementTree
from rasterio import DatasetReader

from categorical.colors import Color, parse_color
from categorical.errors import InvalidColor
from ingest.attribute_table import MAX_CELLS, AttributeTable, Entry, from_xml, whole
from ingest.carried import Carried, classes_of, used_colors
from ingest.structure import METADATA, first_tag

ATTRIBUTE_TABLE = "raster attribute table"
CATEGORY_NAMES = "category names"

_TABLE = re.compile(rb"<GDALRasterAttributeTable.*</GDALRasterAttributeTable>", re.DOTALL)
_BAND_END = b"</VRTRasterBand>"
_MAX_VRT = 2**26
_MAX_TAGS = MAX_CELLS
_TABLE_TAG = "GDALRasterAttributeTable"
_MAX_DEPTH = 20


def carried_inside(
    dataset: DatasetReader, values: Collection[int], nodata: int | None, scratch: Path
) -> Carried:
    """What the raster itself says; `scratch` is a path to write to."""
    rasterio.shutil.copy(dataset, scratch, driver="VRT")
    if scratch.stat().st_size > _MAX_VRT:
        return Carried(None)
    try:
        band = _first_band(scratch.read_bytes())
        if band is not None and band.find(_TABLE_TAG) is None:
            band.extend(_tables_within(Path(dataset.name)))
        return _carried(band, values, nodata)
    except ValueError:  # GDAL writes control characters of a file's tags into it as they are
        return Carried(None)


def keep_attribute_table(dataset: DatasetReader, path: Path, scratch: Path) -> None:
    """Give the GeoTIFF at `path` the attribute table of another; `scratch` is a path to write to.

    GDAL before 3.11 finds none within a GeoTIFF and writes none into it.
    """
    rasterio.shutil.copy(dataset, scratch, driver="VRT")
    table = _TABLE.search(scratch.read_bytes())
    if table is None:
        return
    rasterio.shutil.copy(path, scratch, driver="VRT")
    scratch.write_bytes(scratch.read_bytes().replace(_BAND_END, table[0] + _BAND_END, 1))
    with_table = path.with_name(f"with-table-{path.name}")
    rasterio.shutil.copy(scratch, with_table, driver="GTiff", tiled=True, compress="deflate")
    with_table.replace(path)


def parse_pam(content: bytes, values: Collection[int], nodata: int | None) -> Carried:
    """Classes and colours of the first band. Raises ValueError where the XML cannot be used."""
    return _carried(_first_band(content), values, nodata)


def _carried(band: Element | None, values: Collection[int], nodata: int | None) -> Carried:
    if band is None:
        return Carried(None)
    table, names = _attribute_table(band), _names(band)
    everything = Carried(None, (), used_colors(dict(_color_table(band)), values), names, table)
    for source, entries in (
        (ATTRIBUTE_TABLE, table.entries() if table else ()),
        (CATEGORY_NAMES, [Entry(value, name) for value, name in enumerate(names)]),
    ):
        classes = classes_of(entries, values, nodata)
        if classes:
            return replace(everything, source=source, classes=classes)
    return everything


def _tables_within(path: Path) -> list[Element]:
    """The attribute table in a GeoTIFF's own metadata, which GDAL finds since 3.11.

    Raises ValueError where the metadata is no XML that is taken.
    """
    content = first_tag(path, METADATA).rstrip(b"\0")
    if f"<{_TABLE_TAG}".encode() not in content:
        return []
    return _parse(content).findall(f"Item/{_TABLE_TAG}")[:1]


def _first_band(content: bytes) -> Element | None:
    """The element of the first band. Raises ValueError where the XML cannot be used."""
    root = _parse(content)
    band = root.find("PAMRasterBand")
    return band if band is not None else root.find("VRTRasterBand")


def _parse(content: bytes) -> Element:
    if content.count(b"<") > _MAX_TAGS:
        raise ValueError(f"it has more than {_MAX_TAGS:,} tags")
    try:
        return _root(content)
    except ParseError as error:
        raise ValueError(f"it is no XML: {error}") from error
    except DefusedXmlException as error:
        raise ValueError(f"its XML is not taken: {type(error).__name__}") from error


def _root(content: bytes) -> Element:
    """Elements within elements take four times the memory of those side by side."""
    root: Element | None = None
    depth = 0
    for event, element in ElementTree.iterparse(BytesIO(content), events=("start", "end")):
        root = element if root is None else root
        depth += 1 if event == "start" else -1
        if depth > _MAX_DEPTH:
            raise ValueError(f"its XML has more than {_MAX_DEPTH} levels")
    if root is None:
        raise ValueError("it is no XML: it is empty")
    return root


def _attribute_table(band: Element) -> AttributeTable | None:
    element = band.find(_TABLE_TAG)
    table = None if element is None else from_xml(element)
    return table if table and table.rows else None


def _names(band: Element) -> tuple[str, ...]:
    """Category names: the first is that of value 0."""
    names = tuple(item.text or "" for item in band.findall("CategoryNames/Category"))
    return names if any(names) else ()


def _color_table(band: Element) -> Iterator[tuple[int, Color]]:
    for value, entry in enumerate(band.findall("ColorTable/Entry")):
        channels = [whole(entry.get(name, "255")) for name in ("c1", "c2", "c3", "c4")]
        try:
            yield value, parse_color(channels)
        except InvalidColor:
            continue
