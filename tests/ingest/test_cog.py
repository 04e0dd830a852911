import numpy as np
import pytest
import rasterio

from ingest.cog import foreign_values, layout_fault
from ingest.errors import TooManyValues

COVER = np.random.default_rng(5).integers(0, 3, (900, 900), "uint8") * 50
TILES = {"tiled": True, "blockxsize": 256, "blockysize": 256}


def fault(path):
    with rasterio.open(path) as dataset:
        return layout_fault(dataset)


@pytest.mark.parametrize("blocksize", [128, 256, 512])
def test_gdals_own_cog(geotiff, blocksize):
    assert fault(geotiff(COVER, driver="COG", blocksize=blocksize)) is None


def test_cog_without_gdals_mark(geotiff, tmp_path):
    """As software other than GDAL's writes them."""
    source = geotiff(COVER, overviews=(2, 4), **TILES)
    path = tmp_path / "cog.tif"
    rasterio.shutil.copy(source, path, driver="GTiff", copy_src_overviews=True, **TILES)
    mark = b"GDAL_STRUCTURAL_METADATA_SIZE="
    path.write_bytes(path.read_bytes().replace(mark, b" " * len(mark), 1))
    with rasterio.open(path) as dataset:
        assert "LAYOUT" not in dataset.tags(ns="IMAGE_STRUCTURE")
    assert fault(path) is None


def test_strips(geotiff):
    assert "strips" in fault(geotiff(COVER))


def test_no_overviews(geotiff):
    assert "no overviews" in fault(geotiff(COVER, **TILES))


def test_overviews_added_behind(geotiff):
    assert "not" in fault(geotiff(COVER, overviews=(2, 4), **TILES))


def foreign(path, max_values=1000):
    with rasterio.open(path) as dataset:
        levels = len(dataset.overviews(1))
    return foreign_values(path, {0, 50, 100}, levels, max_values)


@pytest.mark.parametrize("resampling", ["nearest", "mode"])
def test_overviews_of_the_rasters_own_values(geotiff, resampling):
    assert foreign(geotiff(COVER, overviews=(2, 4), resampling=resampling, **TILES)) == []


def test_averaged_overviews_hold_foreign_values(geotiff):
    path = geotiff(COVER, overviews=(2, 4), resampling="average", **TILES)
    assert foreign(path)
    assert not {0, 50, 100} & set(foreign(path))
    with pytest.raises(TooManyValues):
        foreign(path, max_values=3)


def test_raster_without_overviews_has_none(geotiff):
    assert foreign(geotiff(COVER)) == []
