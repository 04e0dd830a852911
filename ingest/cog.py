"""Cloud Optimized GeoTIFF: is it one, are its overviews fit for classes, and how to make one."""

from collections.abc import Collection
from pathlib import Path

import rasterio
import rasterio.shutil
from rasterio import DatasetReader

from ingest.counts import distinct_values

_SMALL = 512  # a raster up to this size needs neither tiles nor overviews


def layout_fault(dataset: DatasetReader) -> str | None:
    """Why the file is no COG, or None if it is one.

    Either GDAL says so (LAYOUT=COG), or: tiled, with overviews, all headers before all pixels and
    smaller overviews before larger ones, as https://cogeo.org has it.
    """
    large = max(dataset.width, dataset.height) > _SMALL
    overviews = dataset.overviews(1)
    if large and not dataset.profile.get("tiled"):
        return "it is in strips, not in tiles"
    if large and not overviews:
        return "it has no overviews"
    if dataset.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG":
        return None
    levels = [None, *range(len(overviews))]
    headers = [_offset(dataset, "IFD_OFFSET", level) for level in levels]
    pixels = [_offset(dataset, "BLOCK_OFFSET_0_0", level) for level in levels]
    if None in headers or headers != sorted(headers, key=lambda offset: offset or 0):
        return "its headers are not in order"
    first = min((offset for offset in pixels if offset), default=0)
    if first and first < max(offset or 0 for offset in headers):
        return "its headers are not at its beginning"
    present = [offset for offset in pixels if offset]
    return None if present == sorted(present, reverse=True) else "its overviews are not in order"


def foreign_values(path: Path, values: Collection[int], levels: int, max_values: int) -> list[int]:
    """Values that an overview holds and the raster does not, as averaging makes them.

    Raises RasterioIOError where they cannot be read, and TooManyValues.
    """
    foreign: set[int] = set()
    for level in reversed(range(levels)):  # the smallest first: one bad level is enough
        with rasterio.open(path, driver="GTiff", overview_level=level) as overview:
            foreign = distinct_values(overview, max_values).difference(values)
        if foreign:
            break
    return sorted(foreign)


def rewrite(
    dataset: DatasetReader, path: Path, *, categorical: bool, tile_size: int, threads: int
) -> None:
    """Write `dataset` as a COG with new overviews, keeping CRS, colours, nodata and tags.

    Overviews take the most frequent value of a class raster ("mode": "nearest" shifts to the
    north-west), the average of a continuous one. Deflate, because every reader has it.
    """
    options = {
        "BLOCKSIZE": tile_size,
        "COMPRESS": "DEFLATE",
        "PREDICTOR": "NO" if categorical or _odd_bits(dataset) else "YES",
        "OVERVIEWS": "IGNORE_EXISTING",
        "OVERVIEW_RESAMPLING": "MODE" if categorical else "AVERAGE",
        "BIGTIFF": "IF_SAFER",
        "NUM_THREADS": threads,
    }
    rasterio.shutil.copy(dataset, path, driver="COG", strict=False, **options)


def _odd_bits(dataset: DatasetReader) -> bool:
    """Whether pixels have, for example, 12 bits, which no predictor takes."""
    bits = dataset.tags(1, ns="IMAGE_STRUCTURE").get("NBITS", "8")
    return bits not in ("8", "16", "32", "64")


def _offset(dataset: DatasetReader, item: str, level: int | None) -> int | None:
    arguments = {} if level is None else {"ovr": level}
    text = dataset.get_tag_item(item, "TIFF", bidx=1, **arguments)
    return int(text) if text is not None else None
