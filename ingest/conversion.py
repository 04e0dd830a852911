"""Class rasters that were saved as floating point: the same values as integers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio import DatasetReader
from rasterio.enums import MaskFlags
from rasterio.windows import Window

from ingest.blocks import Pixels, blocks
from ingest.errors import FloatingPoint

_TYPES = ("uint8", "int16", "uint16", "int32", "uint32")
_TILES = {"tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate", "zlevel": 1}


@dataclass(frozen=True)
class IntegerType:
    """A data type for all values, and the value that stands for pixels without one."""

    dtype: str
    nodata: int | None


def to_integers(dataset: DatasetReader, path: Path) -> str:
    """Write a floating point raster of whole numbers to `path` as integers; their data type.

    Pixels that are nodata, not finite or hidden by a mask band get the raster's nodata value if
    that is an integer of the type, or else one that no pixel has. Raises FloatingPoint, which shows
    a value that is no whole number.
    """
    target = _integer_type(dataset)
    profile = dataset.profile | _TILES | {"dtype": target.dtype, "nodata": target.nodata}
    with rasterio.open(path, "w", **profile) as converted:
        converted.update_tags(**dataset.tags())
        for window, block, valid in _blocks(dataset):
            filled = np.where(valid, block, target.nodata or 0)
            converted.write(filled.astype(target.dtype), 1, window=window)
    return target.dtype


def _integer_type(dataset: DatasetReader) -> IntegerType:
    """The smallest type that has all values, from a pass over all pixels."""
    low, high, complete = 0, 0, True
    for _, block, valid in _blocks(dataset):
        complete = complete and bool(valid.all())
        values = block[valid]
        _check_whole(values)
        if values.size:
            low, high = min(low, int(values.min())), max(high, int(values.max()))
    if complete and dataset.nodata is None:
        return IntegerType(_smallest(low, high), None)
    return _with_nodata(low, high, dataset.nodata)


def _with_nodata(low: int, high: int, nodata: float | None) -> IntegerType:
    if nodata is not None and float(nodata).is_integer() and abs(nodata) < 2**31:
        dtype = _smallest(min(low, int(nodata)), max(high, int(nodata)))
        return IntegerType(dtype, int(nodata))
    dtype = _smallest(low, high + 1)
    return IntegerType(dtype, int(np.iinfo(dtype).max))


def _smallest(low: int, high: int) -> str:
    for dtype in _TYPES:
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return dtype
    raise FloatingPoint(f"its values go from {low:,} to {high:,}, too far for classes")


def _blocks(dataset: DatasetReader) -> Iterator[tuple[Window, Pixels, NDArray[np.bool_]]]:
    """Windows with their pixels, and which of these have a value."""
    masked = MaskFlags.per_dataset in dataset.mask_flag_enums[0]
    for window, block in blocks(dataset):
        valid = np.isfinite(block)
        if dataset.nodata is not None:
            valid &= block != dataset.nodata
        if masked:
            valid &= dataset.read_masks(1, window=window) != 0
        yield window, block, valid


def _check_whole(values: Pixels) -> None:
    broken = values[values != np.rint(values)]
    if broken.size:
        raise FloatingPoint(
            f"its pixels are {values.dtype} with values such as {broken[0]:g}; classes are integers"
        )
