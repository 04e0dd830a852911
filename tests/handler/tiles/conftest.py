"""What the tests of tiles share: rasters to draw."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rasterio
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.enums import Resampling

Array = NDArray[Any]


@pytest.fixture(autouse=True)
def env() -> Iterator[None]:
    with rasterio.Env():
        yield


@pytest.fixture
def write_raster(tmp_path: Path) -> Callable[..., str]:
    """A function that writes a GeoTIFF and returns its path."""

    def write(
        values: Array,
        crs: Any,
        transform: Affine,
        *,
        nodata: float | None = None,
        mask: Array | None = None,
        factors: tuple[int, ...] = (),
        resampling: Resampling = Resampling.mode,
        **options: Any,
    ) -> str:
        path = str(tmp_path / f"{len(list(tmp_path.iterdir()))}.tif")
        height, width = values.shape
        options = {"count": 1, "tiled": True, "blockxsize": 64, "blockysize": 64} | options
        profile = {"driver": "GTiff", "width": width, "height": height, "dtype": values.dtype.name}
        georeference = {"crs": crs, "transform": transform, "nodata": nodata}
        with (
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
            rasterio.open(path, "w", **profile, **georeference, **options) as file,
        ):
            file.write(values, 1)
            if mask is not None:
                file.write_mask(mask)
            file.build_overviews(factors, resampling)
        return path

    return write
