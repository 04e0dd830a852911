"""The oracle against rasters whose tiles can be told by hand."""

from io import BytesIO
from math import pi
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from PIL import Image
from rasterio.enums import Resampling

from benchmarks.oracle import NOTHING, Share, expected, judge
from benchmarks.tiles import Tile

HALF = pi * 6_378_137
TILE = Tile(3, 4, 2)
COLORS = {0: (10, 0, 0), 1: (20, 0, 0), 2: (30, 0, 0)}


def written(path: Path, values: NDArray[np.uint8], transform: Affine, crs: str) -> Path:
    height, width = values.shape
    options = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": crs, "nodata": 255}
    with rasterio.open(
        path, "w", width=width, height=height, transform=transform, **options
    ) as raster:
        raster.write(values, 1)
    return path


def on_the_tile(values: NDArray[np.uint8], path: Path, shift: float = 0) -> Path:
    """A raster whose pixels are the tile's own, `shift` of a pixel to the east."""
    step = 2 * HALF / 2**TILE.z / 256
    west, north = TILE.x * 256 * step - HALF, HALF - TILE.y * 256 * step
    transform = Affine(step, 0, west + shift * step, 0, -step, north)
    return written(path, values, transform, "EPSG:3857")


@pytest.fixture
def values() -> NDArray[np.uint8]:
    return np.random.default_rng(1).choice([0, 1, 2, 255], (256, 256)).astype("uint8")


def painted(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rgba = np.zeros((*values.shape, 4), "uint8")
    rgba[..., 0] = np.where(values == 255, 0, 10 * (values.astype(int) + 1))
    rgba[..., 3] = np.where(values == 255, 0, 255)
    return rgba


def png(rgba: NDArray[np.uint8]) -> bytes:
    stream = BytesIO()
    Image.fromarray(rgba).save(stream, "png")
    return stream.getvalue()


@pytest.mark.parametrize("shift", [0, 0.4, -0.4])
def test_pixel_is_that_which_holds_the_centre(
    tmp_path: Path, values: NDArray[np.uint8], shift: float
) -> None:
    (native,) = expected(on_the_tile(values, tmp_path / "a.tif", shift), TILE, COLORS)
    assert np.array_equal(native, painted(values))


def test_beyond_the_raster_nothing_is_shown(tmp_path: Path, values: NDArray[np.uint8]) -> None:
    (native,) = expected(on_the_tile(values, tmp_path / "a.tif", 10), TILE, COLORS)
    assert not native[:, :10].any()
    assert np.array_equal(native[:, 10:], painted(values)[:, :-10])


def test_every_level_is_offered(tmp_path: Path, values: NDArray[np.uint8]) -> None:
    path = on_the_tile(np.kron(values[:128, :128], np.ones((2, 2), "uint8")), tmp_path / "a.tif")
    with rasterio.open(path, "r+") as raster:
        raster.build_overviews([2, 4], Resampling.nearest)
    native, half, quarter = expected(path, TILE, COLORS)
    assert np.array_equal(native, half)
    assert not np.array_equal(native, quarter)


def test_other_crs_is_transformed(tmp_path: Path) -> None:
    """West of 11 degrees is class 1, east of it class 2: the tile's width is 45 degrees."""
    halves = np.repeat(np.array([[1, 2]], "uint8"), 2, axis=0)
    path = written(tmp_path / "a.tif", halves, Affine(11, 0, 0, 0, -45, 89), "EPSG:4326")
    (native,) = expected(path, TILE, COLORS)
    columns = native[..., 0]
    assert set(columns[:, : int(256 * 11 / 45)].ravel()) == {20}
    assert set(columns[:, int(256 * 11 / 45) + 1 : 256 * 22 // 45].ravel()) == {30}


def test_share_counts_wrong_and_missing_pixels(values: NDArray[np.uint8]) -> None:
    right = painted(values)
    wrong = right.copy()
    first = tuple(np.argwhere(values == 1)[0])
    wrong[first] = (1, 2, 3, 255)
    missing = right.copy()
    missing[first] = 0
    shown = int((values != 255).sum())
    assert judge(png(right), [right]) == Share(shown, shown)
    assert judge(png(wrong), [right]) == Share(shown - 1, shown)
    assert judge(png(missing), [right]) == Share(shown - 1, shown)


def test_the_best_level_judges(values: NDArray[np.uint8]) -> None:
    right = painted(values)
    assert judge(png(right), [np.zeros_like(right), right, right[::-1]]).fraction == 1


def test_nothing_shown_has_no_share() -> None:
    assert NOTHING.fraction is None
    assert (Share(1, 2) + Share(1, 2)).fraction == 0.5
