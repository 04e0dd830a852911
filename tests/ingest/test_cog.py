import numpy as np
import pytest
import rasterio
from rasterio.env import GDALVersion

from ingest.cog import foreign_values, layout_fault, rewrite
from ingest.errors import TooManyValues
from ingest.examination import examine_file, rewrite_file
from ingest.pam import carried_inside
from ingest.raster import gdal_environment, open_raster
from ingest.settings import IngestSettings

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


TABLE = """<GDALRasterAttributeTable>
<FieldDefn index="0"><Name>Value</Name><Type>0</Type><Usage>5</Usage></FieldDefn>
<FieldDefn index="1"><Name>Class</Name><Type>2</Type><Usage>2</Usage></FieldDefn>
<Row index="0"><F>50</F><F>forest</F></Row><Row index="1"><F>100</F><F>water</F></Row>
</GDALRasterAttributeTable>"""


# Within a GeoTIFF since GDAL 3.11, before that only beside it.
LABELS = {50: "forest", 100: "water"} if GDALVersion.runtime().at_least("3.11") else {}


def with_table(path, folder):
    """The same raster with an attribute table, where GDAL can store it in the file."""
    vrt, target = folder / "table.vrt", folder / "table.tif"
    rasterio.shutil.copy(path, vrt, driver="VRT")
    text = vrt.read_text().replace("</ColorInterp>", f"</ColorInterp>{TABLE}", 1)
    vrt.write_text(text)
    rasterio.shutil.copy(vrt, target, driver="GTiff")
    return target


def test_rewriting_keeps_all_but_the_layout(geotiff, tmp_path):
    colors = {0: (0, 0, 0, 0), 50: (1, 2, 3, 255), 100: (4, 5, 6, 128)}
    plain = geotiff(COVER, colors=colors, nodata=0, crs="EPSG:3035", tags={"legend": "two"})
    with rasterio.open(plain, "r+") as dataset:
        dataset.update_tags(1, unit="class")
        dataset.set_band_description(1, "land cover")
    target = tmp_path / "y.tif"
    with gdal_environment(2**25):
        with open_raster(with_table(plain, tmp_path)) as dataset:
            rewrite(dataset, target, categorical=True, tile_size=512, threads=1)
            before = everything(dataset, tmp_path / "before.vrt")
        with open_raster(target) as dataset:
            assert layout_fault(dataset) is None
            assert everything(dataset, tmp_path / "after.vrt") == before
    assert before["classes"] == LABELS
    assert before["tags"]["legend"] == "two"
    assert before["description"] == ("land cover",)


def everything(dataset, scratch):
    carried = carried_inside(dataset, {0, 50, 100}, 0, scratch)
    return {
        "crs": dataset.crs,
        "transform": dataset.transform,
        "nodata": dataset.nodata,
        "colors": {value: dataset.colormap(1)[value] for value in (0, 50, 100)},
        "classes": {item.value: item.label for item in carried.classes},
        "tags": {k: v for k, v in dataset.tags().items() if k != "OVR_RESAMPLING_ALG"},
        "band tags": dataset.tags(1),
        "description": dataset.descriptions,
        "pixels": dataset.read(1).tobytes(),
    }


def test_measurements_of_12_bits_are_rewritten(geotiff, tmp_path):
    """No predictor takes them, and GDAL would refuse the whole file."""
    path = geotiff(np.arange(4096, dtype="uint16").reshape(64, 64), nbits=12)
    with rasterio.open(path) as dataset:
        rewrite(dataset, tmp_path / "cog.tif", categorical=False, tile_size=512, threads=1)
    with rasterio.open(tmp_path / "cog.tif") as dataset:
        assert (dataset.read(1) == np.arange(4096).reshape(64, 64)).all()


def test_conversion_to_integers_keeps_the_attribute_table(geotiff, tmp_path):
    floats = geotiff(np.array([[50, 100, np.nan]], "float32"))
    settings = IngestSettings(published_bucket="published")
    with gdal_environment(2**25):
        source, target = with_table(floats, tmp_path), tmp_path / "y.tif"
    found = examine_file(source, True, settings)
    assert {item.value: item.label for item in found.inspection.classes} == LABELS
    rewrite_file(found.path, target, True, settings)
    with gdal_environment(2**25), open_raster(target) as dataset:
        carried = carried_inside(dataset, {50, 100}, None, tmp_path / "after.vrt")
        assert dataset.read(1).tolist() == [[50, 100, 255]]
    assert {item.value: item.label for item in carried.classes} == LABELS
