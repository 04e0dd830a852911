"""The demo's data: the packaged raster, its cut, its class file."""

import numpy as np
import pytest
import rasterio
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from categorical.classes import parse_class_file
from infra.errors import StartFailed
from infra.local import demo


def test_a_cut_holds_the_pixels_within_its_bounds(tmp_path):
    values = np.arange(200, dtype="uint8").reshape(10, 20)
    profile = {"driver": "GTiff", "width": 20, "height": 10, "count": 1, "dtype": "uint8"}
    profile |= {"crs": "EPSG:4326", "transform": from_origin(-10, 5, 1, 1), "nodata": 255}
    with rasterio.open(tmp_path / "a.tif", "w", **profile) as raster:
        raster.write(values, 1)
    cut = demo.cut(tmp_path / "a.tif", (-8, 0, -3, 4))
    with MemoryFile(cut) as file, file.open() as raster:
        assert raster.bounds == (-8, 0, -3, 4)
        assert (raster.crs.to_epsg(), raster.nodata) == (4326, 255)
        assert np.array_equal(raster.read(1), values[1:5, 2:7])


def test_every_value_of_the_packaged_raster_has_a_class():
    classes = parse_class_file(demo.CLASS_FILE.read_bytes())
    with rasterio.open(demo.packaged_raster()) as raster:
        assert (raster.width, raster.height) == (7200, 3600)
        assert set(np.unique(raster.read(1))) == {item.value for item in classes}
    assert len({item.color for item in classes}) == 17


def test_a_rejected_upload_stops_the_demo_with_the_reason(aws, buckets):
    body = b'{"status": "rejected", "error": {"code": "no_crs"}}'
    aws.s3().put_object(Bucket=buckets.published, Key="reports/a.tif.json", Body=body)
    with pytest.raises(StartFailed, match=r"a\.tif was rejected: .*no_crs"):
        demo.wait_for_registration(aws.s3(), buckets.published, "a.tif")
