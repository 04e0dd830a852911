"""Opening rasters: what is missing, broken or refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.session import DummySession

from categorical.colors import Color
from handler.errors import RasterMissing, RasterUnavailable
from handler.tiles import Palette, Raster, render_preview, render_tile
from infra.local.aws import Aws, Resources

WriteRaster = Callable[..., str]

PLACE = Affine(0.01, 0, 6, 0, -0.01, 50)
RED = Palette({1: Color(255, 0, 0)})


def ones(side: int = 300) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.ones((side, side), np.uint8)


def test_knows_its_crs_and_nodata(write_raster: WriteRaster) -> None:
    raster = Raster.open(write_raster(ones(), "EPSG:4326", PLACE, nodata=255))
    assert raster.crs == rasterio.crs.CRS.from_epsg(4326)
    assert raster.nodata == 255
    raster.close()


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(RasterMissing):
        Raster.open(str(tmp_path / "nothing.tif"))


def test_missing_from_s3(
    aws: Aws, buckets: Resources, monkeypatch: pytest.MonkeyPatch, write_raster: WriteRaster
) -> None:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    aws.s3().upload_file(write_raster(ones(), "EPSG:4326", PLACE), buckets.published, "here.tif")
    with rasterio.Env(session=DummySession(), GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
        Raster.open(f"s3://{buckets.published}/here.tif").close()
        with pytest.raises(RasterMissing):
            Raster.open(f"s3://{buckets.published}/nothing.tif")


@pytest.mark.parametrize("content", [b"", b"no raster at all", b"II*\0\x08\0\0\0"])
def test_not_a_raster(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.tif"
    path.write_bytes(content)
    with pytest.raises(RasterUnavailable):
        Raster.open(str(path))


def test_vrt_under_the_name_of_a_geotiff_is_refused(
    write_raster: WriteRaster, tmp_path: Path
) -> None:
    source = write_raster(ones(), "EPSG:4326", PLACE)
    vrt = tmp_path / "vrt.tif"
    vrt.write_text(
        '<VRTDataset rasterXSize="300" rasterYSize="300"><SRS>EPSG:4326</SRS>'
        "<GeoTransform>6, 0.01, 0, 50, 0, -0.01</GeoTransform>"
        '<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename>'
        f"{source}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
        "</VRTRasterBand></VRTDataset>"
    )
    with rasterio.open(vrt) as file:
        assert file.read(1).all()
    with pytest.raises(RasterUnavailable):
        Raster.open(str(vrt))


@pytest.mark.filterwarnings("ignore:.*geotransform|.*identity:Warning")
@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        (None, PLACE),
        ('LOCAL_CS["a building site",UNIT["metre",1]]', PLACE),
        ("EPSG:4326", Affine(0.01, 0.01, 6, 0.01, 0.01, 50)),
    ],
    ids=["no CRS", "local CRS", "degenerate geotransform"],
)
def test_no_place_on_earth(crs: str | None, transform: Affine, write_raster: WriteRaster) -> None:
    path = write_raster(ones(), crs, transform)
    with pytest.raises(RasterUnavailable):
        Raster.open(path)


def test_complex_numbers_are_no_classes(write_raster: WriteRaster) -> None:
    path = write_raster(ones().astype("complex64"), "EPSG:4326", PLACE)
    with pytest.raises(RasterUnavailable):
        Raster.open(path)


def test_broken_while_reading(write_raster: WriteRaster) -> None:
    path = write_raster(ones(), "EPSG:4326", PLACE, compress="deflate")
    with rasterio.open(path) as file:
        start = int(file.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1))
        length = int(file.get_tag_item("BLOCK_SIZE_0_0", "TIFF", bidx=1))
    content = bytearray(Path(path).read_bytes())
    content[start : start + length] = bytes(length)
    Path(path).write_bytes(content)
    raster = Raster.open(path)
    with pytest.raises(RasterUnavailable):
        render_preview(raster, RED)
    raster.close()


def test_errors_name_no_path(tmp_path: Path) -> None:
    (tmp_path / "broken.tif").write_bytes(b"no raster at all")
    for name in ("broken.tif", "nothing.tif"):
        with pytest.raises((RasterMissing, RasterUnavailable)) as caught:
            Raster.open(str(tmp_path / name))
        assert str(tmp_path) not in str(caught.value)
        assert name not in str(caught.value)


def test_closed(write_raster: WriteRaster) -> None:
    raster = Raster.open(write_raster(ones(), "EPSG:4326", PLACE))
    raster.close()
    with pytest.raises(RasterUnavailable):
        render_tile(raster, 6, 33, 21, RED)
