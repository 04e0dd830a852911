"""Tiles and previews as pictures: sizes, small rasters, many labels, bounded memory."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from rasterio import Affine

from categorical.colors import Color
from handler.tiles import READER_VERSION, Palette, Raster, render_preview, render_tile
from tests.handler.tiles.truth import (
    Truth,
    decode,
    exact_share,
    picture,
    some_colors,
    tiles_over,
)

WriteRaster = Callable[..., str]

RED, BLUE = Color(255, 0, 0), Color(0, 0, 255)


def noise(width: int, height: int, values: int, dtype: str = "uint8") -> np.ndarray:
    return np.random.default_rng(7).integers(1, values + 1, (height, width)).astype(dtype)


def test_reader_has_a_version() -> None:
    assert READER_VERSION.isdigit()


@pytest.mark.parametrize("tile", [(0, 1, 0), (3, 8, 0), (3, 0, -1), (-1, 0, 0)])
def test_tiles_that_are_none(tile: tuple[int, int, int], write_raster: WriteRaster) -> None:
    raster = Raster.open(write_raster(noise(9, 9, 1), "EPSG:4326", Affine(1, 0, 0, 0, -1, 9)))
    with pytest.raises(ValueError, match="there is no tile"):
        render_tile(raster, *tile, Palette({1: RED}))
    raster.close()


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32634"])
@pytest.mark.parametrize("size", [(256, 256), (1, 1), (300, 20)])
def test_tile_beside_the_raster_is_transparent(
    crs: str, size: tuple[int, int], write_raster: WriteRaster
) -> None:
    place = (
        Affine(0.01, 0, 6, 0, -0.01, 50)
        if crs == "EPSG:4326"
        else Affine(100, 0, 4e5, 0, -100, 4e6)
    )
    raster = Raster.open(write_raster(noise(99, 99, 1), crs, place))
    found = decode(render_tile(raster, 9, 10, 10, Palette({1: RED}), size))
    assert found.shape == (size[1], size[0], 4)
    assert not found.any()
    raster.close()


@pytest.mark.parametrize(
    ("crs", "place"),
    [
        ("EPSG:4326", Affine(0.001, 0, 13.3, 0, -0.001, 52.6)),
        ("EPSG:32633", Affine(100, 0, 4e5, 0, -100, 5.8e6)),
        ("EPSG:3857", Affine(100, 0, 1.5e6, 0, -100, 6.8e6)),
    ],
)
@pytest.mark.parametrize("zoom", range(5))
def test_raster_smaller_than_a_pixel_still_shows(
    crs: str, place: Affine, zoom: int, write_raster: WriteRaster
) -> None:
    """One pixel where it lies, in its commonest colour, though no centre falls into it."""
    values = np.full((40, 40), 2, np.uint8)
    values[:10] = 1
    path = write_raster(values, crs, place)
    ((_, x, y),) = tiles_over(path, (zoom,), ((0.5, 0.5),))
    raster = Raster.open(path)
    found = decode(render_tile(raster, zoom, x, y, Palette({1: RED, 2: BLUE})))
    raster.close()
    shown = found[found[..., 3] > 0].tolist()
    assert len(shown) == 1
    assert zoom > 3 or shown == [list(BLUE)]


def test_small_raster_without_shown_pixels_is_transparent(write_raster: WriteRaster) -> None:
    path = write_raster(noise(9, 9, 1), "EPSG:4326", Affine(0.001, 0, 13.3, 0, -0.001, 52.6))
    raster = Raster.open(path)
    assert not decode(render_tile(raster, 0, 0, 0, Palette({7: RED}))).any()
    raster.close()


@pytest.mark.parametrize("labels", [300, 1000])
def test_more_than_255_labels(labels: int, write_raster: WriteRaster) -> None:
    path = write_raster(
        noise(500, 400, labels, "uint16"), "EPSG:4326", Affine(0.003, 0, 6, 0, -0.003, 50)
    )
    colors = some_colors(range(1, labels + 1))
    raster = Raster.open(path)
    for tile in tiles_over(path, (8, 10, 14), ((0.5, 0.5),)):
        found = decode(render_tile(raster, *tile, Palette(colors)))
        assert (found == picture(Truth(path).values(tile), colors)).all()
    raster.close()


def test_labels_four_billion_apart(write_raster: WriteRaster) -> None:
    values = np.where(noise(300, 300, 2) == 1, 0, 4_000_000_000).astype("uint32")
    path = write_raster(values, "EPSG:4326", Affine(0.003, 0, 6, 0, -0.003, 50))
    colors: dict[int | float, Color] = {0: RED, 4_000_000_000: BLUE}
    (tile,) = tiles_over(path, (9,), ((0.5, 0.5),))
    raster = Raster.open(path)
    tracemalloc.start()
    found = decode(render_tile(raster, *tile, Palette(colors)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found == picture(Truth(path).values(tile), colors)).all()
    assert peak < 20e6
    raster.close()


@pytest.mark.parametrize(
    "layout",
    [
        {"tiled": True, "blockxsize": 256, "blockysize": 256},
        {"tiled": False, "blockysize": 1},
        {"tiled": False, "blockysize": 3000},
    ],
    ids=["tiles", "rows", "one strip"],
)
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32634"])
def test_large_raster_without_overviews_is_read_in_parts(
    crs: str, layout: dict[str, int], write_raster: WriteRaster
) -> None:
    """9 million pixels of eight bytes, of which never more than a part is in memory."""
    values = np.add.outer(np.arange(3000) // 7 % 5, np.arange(3000) // 3 % 4).astype("int64") - 2
    place = (
        Affine(0.001, 0, 18, 0, -0.001, 40)
        if crs == "EPSG:4326"
        else Affine(100, 0, 4e5, 0, -100, 4.3e6)
    )
    path = write_raster(values, crs, place, compress="deflate", **layout)
    del values
    colors = some_colors(range(-2, 6))
    raster, palette = Raster.open(path), Palette(colors)
    (tile,) = tiles_over(path, (5,), ((0.5, 0.5),))
    tracemalloc.start()
    found = decode(render_tile(raster, *tile, palette))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    raster.close()
    assert peak < 60e6
    assert exact_share(found, picture(Truth(path).values(tile), colors)) >= 0.9999


@pytest.mark.parametrize(
    ("crs", "place"),
    [
        ("EPSG:4326", Affine(0.01, 0, 6, 0, -0.01, 50)),
        ("EPSG:4326", Affine(0.01, 0, 178, 0, -0.01, 50)),
        ("EPSG:4326", Affine(1.2, 0, -180, 0, -0.6, 90)),
        ("EPSG:4326", Affine(1.2, 0, 0, 0, -0.6, 90)),
        ("EPSG:32634", Affine(500, 0, 4e5, 0, -500, 4e6)),
        ("EPSG:3413", Affine(25000, 0, -3.8e6, 0, -25000, 3.8e6)),
    ],
)
def test_preview_shows_the_whole_raster(crs: str, place: Affine, write_raster: WriteRaster) -> None:
    values = np.ones((300, 300), np.uint8)
    values[:150] = 2
    raster = Raster.open(write_raster(values, crs, place))
    found = decode(render_preview(raster, Palette({1: RED, 2: BLUE}), (120, 60)))
    raster.close()
    assert found.shape == (60, 120, 4)
    shown = found[..., 3] > 0
    for edge in (shown[:, :3], shown[:, -3:], shown[:3], shown[-3:]):
        assert edge.any()
    assert {tuple(color) for color in found[shown].tolist()} == {RED, BLUE}
    assert shown.mean() > 0.5


def test_preview_of_what_lies_beyond_the_map_is_transparent(write_raster: WriteRaster) -> None:
    """Web Mercator ends at 85.06 degrees."""
    path = write_raster(noise(50, 20, 1), "EPSG:4326", Affine(0.01, 0, 6, 0, -0.01, 89))
    raster = Raster.open(path)
    assert not decode(render_preview(raster, Palette({1: RED}))).any()
    raster.close()
