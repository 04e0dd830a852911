"""Nodata, mask bands, alpha bands, and values without a colour."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.enums import ColorInterp, Resampling

from categorical.colors import Color
from handler.tiles import Palette, Raster, render_tile
from tests.handler.tiles.truth import decode

WriteRaster = Callable[..., str]

RED, GREEN, BLUE = Color(255, 0, 0), Color(0, 255, 0), Color(0, 0, 255)
# Tile 10/512/340 and a raster of exactly its place, four of its pixels to one of the raster's.
TILE = (10, 512, 340)
SIDE = 40075016.68557849 / 2**10
PLACE = Affine(SIDE / 64, 0, 0, 0, -SIDE / 64, 20037508.342789244 - 340 * SIDE)


def halves(left: float, right: float, dtype: str = "uint8") -> NDArray[Any]:
    values = np.full((64, 64), left, dtype)
    values[:, 32:] = right
    return values


def draw(path: str, colors: dict[int | float, Color]) -> tuple[list[int], list[int]]:
    """What the tile shows in the middle of its left and right half."""
    raster = Raster.open(path)
    picture = decode(render_tile(raster, *TILE, Palette(colors)))
    raster.close()
    for half in (picture[:, :128], picture[:, 128:]):
        assert (half == half[0, 0]).all()
    return picture[128, 64].tolist(), picture[128, 192].tolist()


CLEAR = [0, 0, 0, 0]


def test_value_without_a_colour_is_transparent(write_raster: WriteRaster) -> None:
    path = write_raster(halves(1, 2), "EPSG:3857", PLACE)
    assert draw(path, {1: RED}) == ([*RED], CLEAR)


def test_nodata_with_a_colour_is_drawn(write_raster: WriteRaster) -> None:
    path = write_raster(halves(0, 2), "EPSG:3857", PLACE, nodata=0)
    assert draw(path, {0: RED, 2: BLUE}) == ([*RED], [*BLUE])


def test_nodata_without_a_colour_is_transparent(write_raster: WriteRaster) -> None:
    path = write_raster(halves(0, 2), "EPSG:3857", PLACE, nodata=0)
    assert draw(path, {2: BLUE}) == (CLEAR, [*BLUE])


@pytest.mark.parametrize("text", [b"-99", b"1e9", b"nan", b"1.5"])
def test_nodata_that_no_pixel_can_be_hides_nothing(text: bytes, write_raster: WriteRaster) -> None:
    """rasterio does not write such a value, but others do: GDAL's tag holds any text."""
    path = Path(write_raster(halves(1, 2), "EPSG:3857", PLACE, nodata=123))
    content = path.read_bytes()
    assert content.count(b"123\0") == 1
    path.write_bytes(content.replace(b"123\0", text + b"\0"))
    assert draw(str(path), {1: RED, 2: BLUE}) == ([*RED], [*BLUE])


def test_alpha_of_a_colour_reaches_the_picture(write_raster: WriteRaster) -> None:
    path = write_raster(halves(1, 2), "EPSG:3857", PLACE)
    assert draw(path, {1: Color(9, 8, 7, 100), 2: Color(1, 2, 3, 0)})[0] == [9, 8, 7, 100]
    assert draw(path, {1: Color(9, 8, 7, 100), 2: Color(1, 2, 3, 0)})[1][3] == 0


def test_mask_band_hides_pixels(write_raster: WriteRaster) -> None:
    mask = halves(0, 255)
    path = write_raster(halves(1, 1), "EPSG:3857", PLACE, mask=mask)
    assert draw(path, {1: RED}) == (CLEAR, [*RED])


def test_mask_band_hides_pixels_of_overviews(write_raster: WriteRaster) -> None:
    values, mask = np.ones((2048, 2048), np.uint8), np.full((2048, 2048), 255, np.uint8)
    mask[:, :1024] = 0
    place = PLACE @ Affine.scale(1 / 32)
    path = write_raster(
        values, "EPSG:3857", place, mask=mask, factors=(2, 4, 8), resampling=Resampling.nearest
    )
    assert draw(path, {1: RED}) == (CLEAR, [*RED])


def test_masked_nodata_is_drawn_where_it_has_a_colour(write_raster: WriteRaster) -> None:
    path = write_raster(halves(0, 1), "EPSG:3857", PLACE, nodata=0, mask=halves(0, 255))
    assert draw(path, {0: GREEN, 1: RED}) == ([*GREEN], [*RED])


def test_other_masked_values_are_hidden_where_nodata_has_a_colour(
    write_raster: WriteRaster,
) -> None:
    path = write_raster(halves(5, 1), "EPSG:3857", PLACE, nodata=0, mask=halves(0, 255))
    assert draw(path, {0: GREEN, 1: RED, 5: BLUE}) == (CLEAR, [*RED])


def test_alpha_band_hides_pixels(tmp_path: Path) -> None:
    path = str(tmp_path / "alpha.tif")
    profile = {"driver": "GTiff", "width": 64, "height": 64, "count": 2, "dtype": "uint8"}
    with rasterio.open(path, "w", crs="EPSG:3857", transform=PLACE, **profile) as file:
        file.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
        file.write(halves(1, 2), 1)
        file.write(halves(0, 255), 2)
    assert draw(path, {1: RED, 2: BLUE}) == (CLEAR, [*BLUE])


def test_first_band_is_drawn(tmp_path: Path) -> None:
    path = str(tmp_path / "bands.tif")
    profile = {"driver": "GTiff", "width": 64, "height": 64, "count": 2, "dtype": "uint8"}
    with rasterio.open(path, "w", crs="EPSG:3857", transform=PLACE, **profile) as file:
        file.write(halves(1, 2), 1)
        file.write(halves(2, 1), 2)
    assert draw(path, {1: RED, 2: BLUE}) == ([*RED], [*BLUE])
