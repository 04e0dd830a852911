"""Everything that is done with an upload's bytes, in a process that may die of them.

See `ingest.decoder`: what is here gets files and settings, and gives values or further files.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rasterio import DatasetReader
from rasterio.errors import RasterioIOError

from ingest.cog import foreign_values, layout_fault, rewrite
from ingest.conversion import to_integers
from ingest.duration import check_duration, forecast
from ingest.errors import TooManyValues
from ingest.inspection import Inspection, inspect, inspect_continuous
from ingest.notices import Notice, averaged_overviews, converted, rewritten
from ingest.pam import keep_attribute_table
from ingest.raster import check_place, check_shape, gdal_environment, open_raster, reading
from ingest.settings import IngestSettings
from ingest.structure import check_structure

_MAX_OVERVIEW_VALUES = 2**17


@dataclass(frozen=True)
class Examination:
    """What was found out: `notice` says why the raster at `path` must be rewritten."""

    path: Path
    inspection: Inspection
    notice: Notice | None


def examine_file(path: Path, categorical: bool, settings: IngestSettings) -> Examination:
    """Check a local file; others are written beside it. Raises the Rejection that it deserves."""
    check_structure(path)
    with (
        gdal_environment(settings.gdal_cache_bytes),
        open_raster(path, settings.gdal_threads) as dataset,
        reading(path),
    ):
        check_shape(dataset, settings.max_pixels, settings.max_block_bytes)
        check_place(dataset)
        floats = np.dtype(dataset.dtypes[0]).kind == "f"
        notice = _rewrite_reason(dataset)
        rewrites = notice is not None or (categorical and floats)
        _check_duration(dataset, path, rewrites, settings.max_seconds)
        if not categorical:
            return Examination(path, inspect_continuous(path), notice)
        if floats:
            return _examine_floats(dataset, path, settings)
        inspection = inspect(dataset, settings.max_values, _scratch(path))
        fault = _overview_fault(dataset, path, inspection)
        _check_duration(dataset, path, (notice or fault) is not None, settings.max_seconds)
    if notice and fault and fault.code != notice.code:  # both are for the producer to know
        inspection = inspection.model_copy(update={"notices": (*inspection.notices, fault)})
    return Examination(path, inspection, notice or fault)


def rewrite_file(source: Path, target: Path, categorical: bool, settings: IngestSettings) -> None:
    """Write an examined file anew, as a Cloud Optimized GeoTIFF."""
    with (
        gdal_environment(settings.gdal_cache_bytes),
        open_raster(source, settings.gdal_threads) as dataset,
    ):
        rewrite(
            dataset,
            target,
            categorical=categorical,
            tile_size=settings.tile_size,
            threads=settings.gdal_threads,
        )


def _examine_floats(dataset: DatasetReader, path: Path, settings: IngestSettings) -> Examination:
    """The same for classes saved as floating point, which are rewritten as integers."""
    target = path.with_name("integers.tif")
    with reading(path):
        dtype = to_integers(dataset, target)
        keep_attribute_table(dataset, target, _scratch(path))
    with open_raster(target) as integers:
        inspection = inspect(integers, settings.max_values, _scratch(path), dataset)
    return Examination(target, inspection, converted(dataset.dtypes[0], dtype))


def _scratch(path: Path) -> Path:
    return path.with_name("embedded.vrt")


def _check_duration(dataset: DatasetReader, path: Path, rewrite: bool, limit: float) -> None:
    pixel_bytes = np.dtype(dataset.dtypes[0]).itemsize
    pixels = dataset.width * dataset.height
    check_duration(forecast(path.stat().st_size, pixels, pixel_bytes, rewrite=rewrite), limit)


def _rewrite_reason(dataset: DatasetReader) -> Notice | None:
    fault = layout_fault(dataset)
    return rewritten(fault) if fault else None


def _overview_fault(dataset: DatasetReader, path: Path, inspection: Inspection) -> Notice | None:
    levels = len(dataset.overviews(1))
    try:
        foreign = foreign_values(path, inspection.counts, levels, _MAX_OVERVIEW_VALUES)
    except RasterioIOError:
        return rewritten("its overviews cannot be read")
    except TooManyValues:
        return averaged_overviews([])
    return averaged_overviews(foreign) if foreign else None
