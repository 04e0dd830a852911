"""Counts against numpy on the whole array."""

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rasterio import Affine
from rasterio.io import MemoryFile

from ingest.counts import ValueCounter, count, distinct_values
from ingest.errors import TooManyValues

DTYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
PLACE = Affine(10, 0, 0, 0, -10, 0)


def numpy_counts(pixels):
    values, counts = np.unique(pixels, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


@st.composite
def class_rasters(draw):
    """Pixels with runs as class rasters have them, and extreme values of the type."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    info = np.iinfo(dtype)
    shape = draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    few = st.sampled_from([info.min, info.max, 0, 1, 7, int(info.max) // 2])
    pixels = draw(hnp.arrays(dtype, shape, elements=few, fill=st.just(3)))
    stretch = draw(st.sampled_from([1, 1, 9]))
    return pixels.repeat(stretch, axis=1)


@given(class_rasters(), st.sampled_from([{}, {"tiled": True, "blockxsize": 16, "blockysize": 16}]))
@settings(max_examples=60, deadline=None)
def test_counts_equal_those_of_the_whole_array(pixels, layout):
    with MemoryFile() as file:
        profile = {"driver": "GTiff", "count": 1, "dtype": pixels.dtype, "transform": PLACE}
        height, width = pixels.shape
        with file.open(height=height, width=width, crs="EPSG:3857", **profile, **layout) as dataset:
            dataset.write(pixels, 1)
        with file.open() as dataset:
            assert count(dataset, 100_000).values == numpy_counts(pixels)
            assert distinct_values(dataset, 100_000) == set(numpy_counts(pixels))


@given(hnp.arrays(st.sampled_from(DTYPES), st.integers(1, 300)))
def test_any_values_of_any_type(pixels):
    counter = ValueCounter(pixels.dtype, 100_000)
    counter.add(pixels)
    counter.add(pixels[: pixels.size // 2])
    assert counter.result() == numpy_counts(np.concatenate([pixels, pixels[: pixels.size // 2]]))


def count_values(pixels, max_values):
    counter = ValueCounter(pixels.dtype, max_values)
    counter.add(pixels)
    return counter.result()


@pytest.mark.parametrize("dtype", ["uint16", "int32"])
def test_too_many_values(dtype):
    with pytest.raises(TooManyValues, match="10"):
        count_values(np.arange(11, dtype=dtype), max_values=10)


def test_nodata_pixels_are_counted_and_do_not_widen_the_edges(geotiff):
    pixels = np.zeros((6, 5), "uint8")
    pixels[2, 1:3] = pixels[3, 4] = 7
    with rasterio.open(geotiff(pixels, nodata=0)) as dataset:
        counts = count(dataset, 100)
    assert counts.values == {0: 27, 7: 3}
    assert counts.masked == 0
    assert counts.edges.tolist() == [[5, 5, 1, 4, 5, 5], [-1, -1, 2, 4, -1, -1]]


def test_edges_across_blocks(geotiff):
    rng = np.random.default_rng(1)
    pixels = (rng.random((100, 150)) < 0.02).astype("uint8")
    path = geotiff(pixels, nodata=0, tiled=True, blockxsize=16, blockysize=16)
    with rasterio.open(path) as dataset:
        first, last = count(dataset, 100).edges
    for row in range(100):
        columns = np.flatnonzero(pixels[row])
        assert (first[row], last[row]) == ((columns[0], columns[-1]) if columns.size else (150, -1))


def test_masked_pixels_are_counted_apart(geotiff):
    pixels = np.full((4, 4), 3, "uint8")
    mask = np.full((4, 4), 255, "uint8")
    mask[0] = 0
    with rasterio.open(geotiff(pixels, mask=mask)) as dataset:
        counts = count(dataset, 100)
    assert (counts.values, counts.masked) == ({3: 12}, 4)
    assert counts.edges[1].tolist() == [-1, 3, 3, 3]
