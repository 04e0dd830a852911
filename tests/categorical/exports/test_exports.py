"""What is exported is read back: by the ingestion's readers, by GDAL, by an XML parser."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from categorical.classes import Class
from categorical.colors import Color
from categorical.exports import to_aux_xml, to_color_file, to_qgis_style
from categorical.exports.aux_xml import MAX_ENTRIES
from ingest.color_file import parse_color_file
from ingest.pam import carried_inside, parse_pam

# Readers take a channel of 1 for a share of 1, and blanks other than a space for one.
_CHANNEL = st.integers(2, 255)
_COLOR = st.builds(Color, _CHANNEL, _CHANNEL, _CHANNEL, _CHANNEL)
_LABEL = (
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Cn", "Co", "Zl", "Zp")))
    .map(lambda text: "".join(char for char in text if char.isprintable()).strip())
    .filter(lambda text: text and text[0] not in ",;")
)
_VALUE = st.integers(-5, 300) | st.just(20_000)
_NODATA = 9_999


@st.composite
def class_lists(draw: st.DrawFn) -> tuple[Class, ...]:
    values = draw(st.lists(_VALUE, min_size=1, max_size=12, unique=True))
    labels = draw(st.lists(_LABEL, min_size=len(values), max_size=len(values), unique=True))
    return tuple(
        Class(value, f"c{value}", label, draw(_COLOR))
        for value, label in zip(sorted(values), labels, strict=True)
    )


CLASSES = (
    Class(0, "none", "Outside", Color(1, 2, 3), nodata=True),
    Class(2, "wood", "Wald & <Wiese>, 12 %", Color(0x99, 0xD5, 0x94)),
    Class(3, "water", "水 🌊", Color(43, 131, 186, 128)),
)


def essence(classes: Any) -> list[tuple[int, str, Color | None]]:
    return [(item.value, item.label, item.color) for item in classes]


def drawn(classes: Any) -> list[tuple[int, str, Color | None]]:
    return [(item.value, item.label, item.drawn_color) for item in classes]


@given(class_lists())
def test_colour_files(classes: tuple[Class, ...]) -> None:
    entries = parse_color_file(to_color_file(classes).encode())
    assert essence(entries) == essence(classes)


def test_a_colour_file_line_by_line() -> None:
    assert to_color_file(CLASSES) == (
        "0 1 2 3 0 Outside\n2 153 213 148 255 Wald & <Wiese>, 12 %\n3 43 131 186 128 水 🌊\n"
    )


@given(class_lists())
def test_sidecars(classes: tuple[Class, ...]) -> None:
    """Attribute table, colour table and category names, each by itself."""
    content = to_aux_xml(classes, {})
    found = parse_pam(content, {item.value for item in classes}, _NODATA)
    assert essence(found.classes) == essence(classes)
    tabled = classes[0].value >= 0 and classes[-1].value < MAX_ENTRIES
    names = enumerate(ElementTree.fromstring(content).findall(".//Category"))
    assert found.colors == ({item.value: item.color for item in classes} if tabled else {})
    assert {value: name.text for value, name in names if name.text} == (
        {item.value: item.label for item in classes} if tabled else {}
    )


@given(class_lists())
def test_styles(classes: tuple[Class, ...]) -> None:
    root = ElementTree.fromstring(to_qgis_style(classes))
    renderer = root.find("pipe/rasterrenderer")
    assert (root.tag, renderer.get("type"), renderer.get("band")) == ("qgis", "paletted", "1")
    assert [
        (
            int(entry.get("value")),
            entry.get("label"),
            Color(*bytes.fromhex(entry.get("color")[1:]), int(entry.get("alpha"))),
        )
        for entry in renderer.findall("colorPalette/paletteEntry")
    ] == essence(classes)


@pytest.fixture
def sidecar_of_gdal(tmp_path: Path) -> Any:
    """What GDAL makes of a raster with our sidecar: its colour map, its own XML, our classes."""

    def read(classes: tuple[Class, ...], counts: Mapping[int, int], dtype: str) -> Any:
        path = tmp_path / "a.tif"
        pixels = np.array([[item.value for item in classes]], dtype)
        profile = {"driver": "GTiff", "height": 1, "width": len(classes), "count": 1}
        place = {"crs": "EPSG:32633", "transform": Affine(10, 0, 5e5, 0, -10, 5e6)}
        with rasterio.Env():
            with rasterio.open(path, "w", dtype=dtype, **place, **profile) as raster:
                raster.write(pixels, 1)
            path.with_suffix(".tif.aux.xml").write_bytes(to_aux_xml(classes, counts))
            with rasterio.open(path) as raster:
                values = {item.value for item in classes}
                vrt = tmp_path / "a.vrt"
                carried = carried_inside(raster, values, 0, vrt)
                return raster, carried, ElementTree.fromstring(vrt.read_bytes())

    return read


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_gdal_takes_a_sidecar_for_the_rasters_own(
    sidecar_of_gdal: Any, tmp_path: Path, dtype: str
) -> None:
    _, carried, xml = sidecar_of_gdal(CLASSES, {0: 7, 2: 5_000_000_000, 3: 0}, dtype)
    assert drawn(carried.classes) == drawn(CLASSES)
    assert [item.nodata for item in carried.classes] == [True, False, False]
    with rasterio.Env(), rasterio.open(tmp_path / "a.tif") as raster:
        colors = raster.colormap(1)
    assert {value: colors[value] for value in range(4)} == {
        0: (1, 2, 3, 0),
        1: (0, 0, 0, 0),
        2: (0x99, 0xD5, 0x94, 255),
        3: (43, 131, 186, 128),
    }
    band = xml.find("VRTRasterBand")
    names = [name.text or "" for name in band.findall("CategoryNames/Category")]
    assert names == ["Outside", "", "Wald & <Wiese>, 12 %", "水 🌊"]
    table = band.find("GDALRasterAttributeTable")
    columns = [
        (field.findtext("Name"), field.findtext("Type"), field.findtext("Usage"))
        for field in table.findall("FieldDefn")
    ]
    assert columns == [
        *(("Value", "0", "5"), ("Count", "1", "1"), ("Class_Name", "2", "2")),
        *(("Red", "0", "6"), ("Green", "0", "7"), ("Blue", "0", "8"), ("Alpha", "0", "9")),
    ]
    counts = [float(row.findall("F")[1].text) for row in table.findall("Row")]
    assert counts == [7, 5_000_000_000, 0]


@pytest.mark.parametrize("values", [(-3, 70_000), (5, 4_000_000_000), (5, MAX_ENTRIES)])
def test_values_that_no_colour_table_has(sidecar_of_gdal: Any, values: tuple[int, int]) -> None:
    low, high = values
    classes = (Class(low, "a", "one", Color(9, 8, 7)), Class(high, "b", "two", Color(6, 5, 4)))
    _, carried, xml = sidecar_of_gdal(classes, {}, "int64" if low < 0 else "uint32")
    assert essence(carried.classes) == essence(classes)
    assert xml.find(".//ColorTable") is None
    assert xml.find(".//CategoryNames") is None
