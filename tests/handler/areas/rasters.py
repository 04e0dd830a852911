"""Rasters to measure."""

from pathlib import Path
from typing import Any

import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling

Array = NDArray[Any]


def write_raster(
    path: Path,
    values: Array,
    crs: str,
    affine: Affine,
    *,
    nodata: float | None = None,
    mask: Array | None = None,
    factors: tuple[int, ...] = (),
    resampling: Resampling = Resampling.mode,
) -> str:
    """Writes a tiled GeoTIFF of these values, with these overviews; its path."""
    height, width = values.shape
    profile = {"driver": "GTiff", "width": width, "height": height, "count": 1}
    blocks = {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "deflate"}
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(
            path,
            "w",
            **profile,
            **blocks,
            dtype=values.dtype.name,
            crs=crs,
            transform=affine,
            nodata=nodata,
        ) as file,
    ):
        file.write(values, 1)
        if mask is not None:
            file.write_mask(mask)
        if factors:
            file.build_overviews(factors, resampling)
    return str(path)
