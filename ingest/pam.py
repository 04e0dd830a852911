"""What GDAL says about a raster's values, in the XML of a VRT or of an `.aux.xml` sidecar.

rasterio has no call for attribute tables and category names, but a copy of a dataset as VRT holds
both, in the same elements as a sidecar.
"""

import re
from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import rasterio.shutil
from defusedxml import DefusedXmlException, ElementTree
from rasterio import DatasetReader

from categorical.colors import Color, parse_color
from categorical.errors import InvalidColor
from ingest.attribute_table import from_xml, whole
from ingest.carried import Carried, Entry, classes_of, used_colors

ATTRIBUTE_TABLE = "raster attribute table"
CATEGORY_NAMES = "category names"

_TABLE = re.compile(rb"<GDALRasterAttributeTable.*</GDALRasterAttributeTable>", re.DOTALL)
_BAND_END = b"</VRTRasterBand>"
_MAX_VRT = 2**26
_MAX_TAGS = 1_300_000  # an attribute table of 65,536 rows and eight columns
_MAX_DEPTH = 20


def carried_inside(
    dataset: DatasetReader, values: Collection[int], nodata: int | None, scratch: Path
) -> Carried:
    """What the raster itself says; `scratch` is a path to write to."""
    rasterio.shutil.copy(dataset, scratch, driver="VRT")
    if scratch.stat().st_size > _MAX_VRT:
        return Carried(None)
    try:
        return parse_pam(scratch.read_bytes(), values, nodata)
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
    band = _first_band(content)
    if band is None:
        return Carried(None)
    colors = used_colors(dict(_color_table(band)), values)
    for source, entries in ((ATTRIBUTE_TABLE, _attribute_table), (CATEGORY_NAMES, _names)):
        classes = classes_of(entries(band), values, nodata)
        if classes:
            return Carried(source, classes, colors)
    return Carried(None, (), colors)


def _first_band(content: bytes) -> Element | None:
    if content.count(b"<") > _MAX_TAGS:
        raise ValueError(f"it has more than {_MAX_TAGS:,} tags")
    try:
        root = _root(content)
    except ParseError as error:
        raise ValueError(f"it is no XML: {error}") from error
    except DefusedXmlException as error:
        raise ValueError(f"its XML is not taken: {type(error).__name__}") from error
    band = root.find("PAMRasterBand")
    return band if band is not None else root.find("VRTRasterBand")


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


def _attribute_table(band: Element) -> Iterator[Entry]:
    table = band.find("GDALRasterAttributeTable")
    return iter(()) if table is None else from_xml(table).entries()


def _names(band: Element) -> Iterator[Entry]:
    """Category names: the first is that of value 0."""
    for value, item in enumerate(band.findall("CategoryNames/Category")):
        yield Entry(value, item.text or "")


def _color_table(band: Element) -> Iterator[tuple[int, Color]]:
    for value, entry in enumerate(band.findall("ColorTable/Entry")):
        channels = [whole(entry.get(name, "255")) for name in ("c1", "c2", "c3", "c4")]
        try:
            yield value, parse_color(channels)
        except InvalidColor:
            continue
