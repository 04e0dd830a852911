"""Blocks against the pixels that were written."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.blocks import pieces, windows
from ingest.counts import count
from ingest.errors import TooManyValues

TILES = {"tiled": True, "blockxsize": 128, "blockysize": 128}
PLACE = rasterio.Affine(10, 0, 0, 0, -10, 0)


@st.composite
def patchwork(draw):
    """Pixels of which most 128 x 128 blocks have one value, and some end in the midst of one."""
    down, across = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    values = draw(st.lists(st.sampled_from([0, 7, 255]), min_size=16, max_size=16))
    pixels = np.array(values, "uint8").reshape(4, 4)[:down, :across]
    pixels = pixels.repeat(128, axis=0).repeat(128, axis=1)
    for _ in range(draw(st.integers(0, 3))):
        row = draw(st.integers(0, pixels.shape[0] - 1))
        column = draw(st.integers(0, pixels.shape[1] - 1))
        pixels[row, column : column + draw(st.integers(1, 200))] = draw(st.integers(0, 255))
    return pixels[draw(st.integers(0, 100)) :, draw(st.integers(0, 100)) :]


@given(
    patchwork(),
    st.sampled_from(["deflate", "lzw", "zstd", "packbits", None]),
    st.sampled_from([None, 0, 255]),
)
@settings(max_examples=60)
def test_pieces_are_the_pixels(pixels, compress, nodata):
    with tempfile.TemporaryDirectory() as folder:
        path, (height, width) = Path(folder, "x.tif"), pixels.shape
        profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "transform": PLACE, **TILES}
        with rasterio.open(
            path, "w", height=height, width=width, crs="EPSG:3857", compress=compress,
            nodata=nodata, **profile,
        ) as dataset:  # fmt: skip
            dataset.write(pixels, 1)
        with rasterio.open(path) as dataset:
            seen = np.zeros(pixels.shape, int)
            for window, piece in pieces(dataset):
                assert (pixels[window.toslices()] == piece).all()
                seen[window.toslices()] += 1
            counts = count(dataset, 1000)
    assert (seen == 1).all()
    for row, valid in enumerate(pixels != nodata if nodata is not None else pixels >= 0):
        columns = np.flatnonzero(valid)
        expected = (columns[0], columns[-1]) if columns.size else (width, -1)
        assert tuple(counts.edges[:, row]) == expected


def test_blocks_of_one_value_are_recognised(geotiff):
    pixels = np.full((1024, 1024), 3, "uint8")
    pixels[:128, :128] = np.random.default_rng(1).integers(0, 9, (128, 128))
    with rasterio.open(geotiff(pixels, compress="deflate", **TILES)) as dataset:
        constant = [window for window, piece in pieces(dataset) if isinstance(piece, int)]
    assert sum(window.width * window.height for window in constant) == 7 * 128 * 1024


def test_damaged_block_behind_others_is_an_error(geotiff):
    pixels = np.random.default_rng(1).integers(0, 9, (1024, 1024), "uint8")
    path = geotiff(pixels, compress="deflate", **TILES)
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 2] = bytes(len(content) // 2 - len(content) // 3)
    path.write_bytes(content)
    with rasterio.open(path) as dataset, pytest.raises(rasterio.errors.RasterioIOError):
        list(pieces(dataset))


def test_giving_up_in_the_midst_leaves_no_thread_reading(geotiff):
    pixels = np.arange(1024 * 1024, dtype="uint32").reshape(1024, 1024)
    with rasterio.open(geotiff(pixels, **TILES)) as dataset, pytest.raises(TooManyValues):
        count(dataset, 10)


@pytest.mark.parametrize(
    "layout",
    [
        {},
        {"tiled": True, "blockxsize": 64, "blockysize": 32},
        {"tiled": True, "blockxsize": 512, "blockysize": 512},
    ],
)
def test_windows_cover_every_pixel_once_and_are_bounded(geotiff, layout):
    with rasterio.open(geotiff(np.zeros((700, 1100), "uint8"), **layout)) as dataset:
        seen = np.zeros(dataset.shape, int)
        for window in windows(dataset, pixels=100_000):
            seen[window.toslices()] += 1
            assert window.width * window.height <= max(100_000, 512 * 512)
    assert (seen == 1).all()
