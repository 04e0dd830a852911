"""Much of a raster is read once, in small pieces, at the level that fits."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.enums import Resampling

from categorical.classes import Class
from handler.areas.class_index import ClassIndex
from handler.areas.scan import PIECE, finest, levels, read_classes, whole, windows
from handler.tiles import Raster
from handler.tiles.level import Level
from tests.handler.areas.rasters import write_raster

PLACE = ("EPSG:4326", Affine(0.001, 0, 0, 0, -0.001, 1))


@pytest.fixture(autouse=True)
def _env() -> Iterator[None]:
    with rasterio.Env():
        yield


def level(width: int, height: int, block: tuple[int, int]) -> Level:
    dataset: Any = SimpleNamespace(block_shapes=[block])
    return Level(dataset, width, height, 1, 1, has_mask=False)


SIDES = st.integers(1, 60_000)


@given(SIDES, SIDES, st.sampled_from([(1, 60_000), (512, 512), (4096, 4096), (16, 16)]))
def test_windows_cover_a_level_once_and_are_small(
    width: int, height: int, block: tuple[int, int]
) -> None:
    found = list(windows(level(width, height, block)))
    assert all(window.width * window.height <= PIECE for window in found)
    assert sum(window.width * window.height for window in found) == width * height
    assert len({(window.col_off, window.row_off) for window in found}) == len(found)
    for window in found:
        assert window.col_off + window.width <= width
        assert window.row_off + window.height <= height


def test_a_window_begins_where_a_block_does() -> None:
    found = list(windows(level(5000, 5000, (512, 512))))
    assert {window.col_off % 512 for window in found} == {0}
    assert len(found) == 25


def test_strips_are_read_whole() -> None:
    found = list(windows(level(36_000, 100, (1, 36_000))))
    assert {window.width for window in found} == {36_000}


def make(path: Path, factors: tuple[int, ...], resampling: Resampling) -> Raster:
    values = np.random.default_rng(3).integers(0, 2, (512, 512), np.uint8) * 100
    return Raster.open(
        write_raster(path / "a.tif", values, *PLACE, factors=factors, resampling=resampling)
    )


def test_levels_the_finest_first(tmp_path: Path) -> None:
    raster = make(tmp_path, (2, 4, 8), Resampling.mode)
    assert [each.across for each in levels(raster)] == [1, 2, 4, 8]


def test_averaged_overviews_are_no_levels(tmp_path: Path) -> None:
    raster = make(tmp_path, (2, 4, 8), Resampling.average)
    assert [each.across for each in levels(raster)] == [1]
    assert finest(raster, lambda each: each.width < 300) is None


def test_the_finest_that_fits(tmp_path: Path) -> None:
    raster = make(tmp_path, (2, 4, 8), Resampling.mode)
    found = finest(raster, lambda each: whole(each).size <= 128 * 128)
    assert found is not None
    assert found.across == 4


def test_classes_of_pixels(tmp_path: Path) -> None:
    values = np.array([[1, 2, 3], [9, 9, 1]], np.uint8)
    mask = np.array([[255, 255, 255], [255, 255, 0]], np.uint8)
    raster = Raster.open(write_raster(tmp_path / "a.tif", values, *PLACE, nodata=9, mask=mask))
    index = ClassIndex([Class(1, "one", "one"), Class(2, "two", "two")], raster.nodata)
    (window,) = windows(raster.level(1))
    assert read_classes(raster.level(1), window, index).tolist() == [[0, 1, 2], [3, 3, 3]]


def test_a_mask_does_not_hide_nodata_that_has_a_class(tmp_path: Path) -> None:
    values = np.array([[9, 1]], np.uint8)
    mask = np.zeros((1, 2), np.uint8)
    raster = Raster.open(write_raster(tmp_path / "a.tif", values, *PLACE, nodata=9, mask=mask))
    index = ClassIndex([Class(9, "nine", "nine"), Class(1, "one", "one")], raster.nodata)
    (window,) = windows(raster.level(1))
    assert read_classes(raster.level(1), window, index).tolist() == [[0, 3]]
