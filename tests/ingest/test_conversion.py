import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio import Affine
from rasterio.io import MemoryFile

from ingest.conversion import to_integers
from ingest.errors import FloatingPoint

NAN = float("nan")


def converted(pixels, folder, nodata=None, dtype="float32"):
    """(data type, nodata, pixels) of the converted raster."""
    pixels = np.array([pixels], dtype)
    with MemoryFile() as file:
        options = {"crs": "EPSG:32633", "transform": Affine(10, 0, 5e5, 0, -10, 5e6)}
        with file.open(
            driver="GTiff",
            count=1,
            height=1,
            width=pixels.shape[1],
            dtype=dtype,
            nodata=nodata,
            **options,
        ) as dataset:
            dataset.write(pixels, 1)
        with file.open() as dataset:
            to_integers(dataset, folder / "integers.tif")
    with rasterio.open(folder / "integers.tif") as dataset:
        assert dataset.crs.to_epsg() == 32633
        return dataset.dtypes[0], dataset.nodata, dataset.read(1)[0].tolist()


@pytest.mark.parametrize(
    ("pixels", "nodata", "expected"),
    [
        ([0, 1, 255], None, ("uint8", None, [0, 1, 255])),
        ([0, 1, 256], None, ("int16", None, [0, 1, 256])),
        ([-1, 1], None, ("int16", None, [-1, 1])),
        ([0, 40_000], None, ("uint16", None, [0, 40_000])),
        ([1, -9999], -9999, ("int16", -9999, [1, -9999])),
        ([1, NAN], NAN, ("uint8", 255, [1, 255])),
        ([1, NAN], None, ("uint8", 255, [1, 255])),
        ([255, NAN], NAN, ("int16", 32_767, [255, 32_767])),
        ([1, float(np.float32(-3.4e38))], float(np.float32(-3.4e38)), ("uint8", 255, [1, 255])),
        ([NAN, NAN], NAN, ("uint8", 255, [255, 255])),
    ],
)
def test_smallest_type_that_holds_all_values(tmp_path, pixels, nodata, expected):
    assert converted(pixels, tmp_path, nodata) == expected


@pytest.mark.parametrize("pixels", [[0.5, 1], [1, 2, 3.0001]])
def test_fractions_are_no_classes(tmp_path, pixels):
    with pytest.raises(FloatingPoint, match="such as"):
        converted(pixels, tmp_path)


def test_values_too_large_for_classes(tmp_path):
    with pytest.raises(FloatingPoint, match="too far"):
        converted([1e15, -1], tmp_path)


def test_what_a_mask_hides_stays_hidden(geotiff, tmp_path):
    pixels = np.array([[3, 7], [7, 3.5]], "float32")
    path = geotiff(pixels, mask=np.array([[255, 255], [255, 0]], "uint8"))
    with rasterio.open(path) as dataset:
        assert to_integers(dataset, tmp_path / "integers.tif") == "uint8"
    with rasterio.open(tmp_path / "integers.tif") as dataset:
        assert dataset.read(1).tolist() == [[3, 7], [7, 255]]
        assert dataset.nodata == 255


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=50))
def test_values_stay_what_they_are(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("converted")
    assert converted(values, folder, dtype="float64")[2] == values
