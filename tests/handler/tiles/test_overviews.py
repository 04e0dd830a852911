"""Overviews that hold values of their own, made by averaging, are not drawn."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio.shutil
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.enums import Resampling

from handler.tiles import Palette, Raster, render_tile
from tests.handler.tiles.truth import Truth, decode, exact_share, picture, some_colors, tiles_over

WriteRaster = Callable[..., str]
Array = NDArray[np.uint8]

UTM = "EPSG:32634"
PLACE = Affine(100, 0, 399960, 0, -100, 4100040)


def regions(values: list[int], side: int = 1024) -> Array:
    """Patches of 11 pixels of these classes, somewhat as real rasters have them."""
    cells = np.random.default_rng(3).integers(0, len(values), (side // 11 + 1, side // 11 + 1))
    large = np.kron(cells, np.ones((11, 11), int))[:side, :side]
    return np.array(values, np.uint8)[large]


def cog(path: str, resampling: str) -> str:
    """The raster as GDAL's COG driver writes it, which before GDAL 3.12 names no method."""
    copy = str(Path(path).with_suffix(f".{resampling}.tif"))
    options = {"blocksize": 128, "overview_resampling": resampling, "compress": "deflate"}
    rasterio.shutil.copy(path, copy, driver="COG", **options)
    return copy


def level_drawn(path: str, known_values: list[int] | None = None) -> int | None:
    """The overview that a tile with four native pixels to one of its own is drawn from."""
    (tile,) = tiles_over(path, (8,), ((0.5, 0.5),))
    colors = some_colors(range(256))
    raster = Raster.open(path, known_values)
    found = decode(render_tile(raster, *tile, Palette(colors)))
    raster.close()
    shares = {
        level: exact_share(found, picture(Truth(path, level).values(tile), colors))
        for level in (None, 0, 1)
    }
    best = max(shares, key=lambda level: shares[level])
    assert shares[best] == 1.0, shares
    return best


SPREAD, CONSECUTIVE = [25, 37, 50, 100, 200], list(range(17))


@pytest.mark.parametrize("classes", [SPREAD, CONSECUTIVE], ids=["spread", "consecutive"])
@pytest.mark.parametrize("resampling", ["nearest", "mode"])
def test_copied_overviews_are_drawn(
    classes: list[int], resampling: str, write_raster: WriteRaster
) -> None:
    native = write_raster(regions(classes), UTM, PLACE, nodata=255)
    assert level_drawn(cog(native, resampling)) == 1


@pytest.mark.parametrize("classes", [SPREAD, CONSECUTIVE], ids=["spread", "consecutive"])
@pytest.mark.parametrize("resampling", ["average", "bilinear", "cubic", "lanczos"])
def test_averaged_overviews_are_not(
    classes: list[int], resampling: str, write_raster: WriteRaster
) -> None:
    native = write_raster(regions(classes), UTM, PLACE, nodata=255)
    assert level_drawn(cog(native, resampling)) is None


def test_averaged_speckle_is_not_drawn(write_raster: WriteRaster) -> None:
    """Where classes change with every pixel, averages too are found near by, but not for long."""
    values = np.random.default_rng(5).integers(1, 10, (1024, 1024), dtype=np.uint8)
    assert level_drawn(cog(write_raster(values, UTM, PLACE), "average")) is None


@pytest.mark.parametrize(
    ("method", "level"), [(Resampling.mode, 1), (Resampling.nearest, 1), (Resampling.average, None)]
)
def test_method_that_the_file_names_is_believed(
    method: Resampling, level: int | None, write_raster: WriteRaster
) -> None:
    values = regions(SPREAD)
    path = write_raster(values, UTM, PLACE, factors=(2, 4), resampling=method)
    assert level_drawn(path) == level


def test_known_values_are_enough_to_draw_overviews(write_raster: WriteRaster) -> None:
    native = write_raster(regions(SPREAD), UTM, PLACE, nodata=255)
    assert level_drawn(cog(native, "mode"), SPREAD) == 1


def test_overviews_with_other_than_known_values_are_dropped(write_raster: WriteRaster) -> None:
    native = write_raster(regions(SPREAD), UTM, PLACE, nodata=255)
    assert level_drawn(cog(native, "average"), SPREAD) is None


def test_nodata_needs_not_be_among_the_known_values(write_raster: WriteRaster) -> None:
    values = regions([*SPREAD, 255])
    native = write_raster(values, UTM, PLACE, nodata=255)
    assert level_drawn(cog(native, "nearest"), SPREAD) == 1
