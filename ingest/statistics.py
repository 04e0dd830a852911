"""Terracotta's statistics of a categorical raster, from exact counts instead of all its pixels.

The definitions are those of `terracotta.raster.compute_metadata`, with which the tests compare.
"""

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from rasterio import DatasetReader
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds, transform_geom
from terracotta.raster import compute_metadata

from ingest.counts import Counts, integer_nodata
from ingest.errors import UnusableCrs
from ingest.raster import reading

_WGS84 = "EPSG:4326"
_SAMPLE = (2048, 2048)
_SOUTH_NORTH, _WEST_EAST = 95, 545  # degrees; grids overshoot the poles, and begin anywhere


class Statistics(BaseModel):
    """What Terracotta's metadata table has columns for.

    `bounds` are west, south, east, north in degrees; `convex_hull` is a GeoJSON geometry in
    longitude and latitude; `percentiles` are the 1st to the 99th.
    """

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")

    bounds: tuple[float, float, float, float]
    convex_hull: dict[str, Any]
    valid_percentage: float
    range: tuple[float, float]
    mean: float
    stdev: float
    percentiles: tuple[float, ...]


def statistics(dataset: DatasetReader, counts: Counts) -> Statistics:
    """Statistics of the valid pixels; zeros where there are none. Raises UnusableCrs."""
    nodata = integer_nodata(dataset)
    valid = {value: n for value, n in counts.values.items() if value != nodata}
    total = sum(counts.values.values()) + counts.masked
    values, pixels = np.array(list(valid) or [0]), np.array(list(valid.values()) or [1])
    mean, stdev = _moments(valid or {0: 1})
    bounds = geographic_bounds(dataset)
    return Statistics(
        bounds=bounds,
        convex_hull=_convex_hull(dataset, counts.edges, bounds),
        valid_percentage=100 * sum(valid.values()) / total,
        range=(float(values[0]), float(values[-1])),
        mean=mean,
        stdev=stdev,
        percentiles=tuple(_percentiles(values, pixels).tolist()),
    )


def no_statistics(dataset: DatasetReader) -> Statistics:
    """Zeros, and the raster's bounds as convex hull. Raises UnusableCrs."""
    bounds = geographic_bounds(dataset)
    return Statistics(
        bounds=bounds,
        convex_hull=shapely.geometry.mapping(shapely.box(*bounds)),
        valid_percentage=0,
        range=(0, 0),
        mean=0,
        stdev=0,
        percentiles=(0,) * 99,
    )


def continuous_statistics(dataset: DatasetReader) -> Statistics | None:
    """Terracotta's own, from a sample of at most 2048 x 2048 pixels; None if none is valid.

    Raises UnusableCrs, and UnreadableRaster where the file is damaged.
    """
    geographic_bounds(dataset)
    with warnings.catch_warnings(), reading(Path(dataset.name)):
        warnings.simplefilter("ignore")  # about missing nodata and layout, for people at a terminal
        try:
            found = compute_metadata(dataset.name, max_shape=_SAMPLE)
        except ValueError:  # no valid data
            return None
    return Statistics(**{**found, "percentiles": found["percentiles"].tolist()})


def geographic_bounds(dataset: DatasetReader) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees. Raises UnusableCrs where it lies nowhere on Earth."""
    if not (dataset.crs.is_geographic or dataset.crs.is_projected):
        raise UnusableCrs(f"its system {_name(dataset)} is neither geographic nor projected")
    columns, rows = np.array([0, 0, 1, 1]) * dataset.width, np.array([0, 1, 0, 1]) * dataset.height
    corners = _places(dataset, columns, rows)
    box = (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())
    if not all(math.isfinite(bound) for bound in box):
        raise UnusableCrs(f"its geotransform leads to {box}, which is nowhere")
    try:
        bounds = transform_bounds(dataset.crs, _WGS84, *box, densify_pts=21)
    except (RasterioError, CPLE_BaseError) as error:
        cause = str(error)[:200]
        raise UnusableCrs(f"its coordinates cannot be turned into degrees: {cause}") from error
    if not all(math.isfinite(bound) for bound in bounds):
        raise UnusableCrs(f"its bounds {box} are nowhere in {_name(dataset)}")
    west, south, east, north = bounds
    if max(-south, north) > _SOUTH_NORTH or max(-west, east) > _WEST_EAST:
        raise UnusableCrs(
            f"its bounds {box} are not on the Earth in {_name(dataset)}: they may be in another "
            "unit, or x and y have changed places"
        )
    return west, south, east, north


def _name(dataset: DatasetReader) -> str:
    """Its coordinate reference system, as short as there is a name for it."""
    return str(dataset.crs.to_string()[:80])


def _moments(counts: Mapping[int, int]) -> tuple[float, float]:
    """Mean and standard deviation (of the population)."""
    total = sum(counts.values())
    mean = sum(value * n for value, n in counts.items()) / total
    return mean, math.sqrt(sum(n * (value - mean) ** 2 for value, n in counts.items()) / total)


def _percentiles(values: NDArray[Any], pixels: NDArray[np.int64]) -> NDArray[np.float64]:
    """1st to 99th percentile as numpy's linear method has them, from ascending values."""
    ends = np.cumsum(pixels)
    places = np.arange(1, 100) / 100 * (ends[-1] - 1)
    low = np.floor(places)
    below = values[np.searchsorted(ends, low, side="right")].astype(float)
    above = values[np.searchsorted(ends, np.ceil(places), side="right")].astype(float)
    percentiles: NDArray[np.float64] = below + (above - below) * (places - low)
    return percentiles


def _convex_hull(
    dataset: DatasetReader, edges: NDArray[np.int64], bounds: tuple[float, float, float, float]
) -> dict[str, Any]:
    """Hull of the valid pixels, from the corners of each row's first and last.

    The raster's bounds where no pixel is valid, or where a corner lies off the Earth.
    """
    fallback: dict[str, Any] = shapely.geometry.mapping(shapely.box(*bounds))
    rows = np.flatnonzero(edges[1] >= 0)
    if rows.size == 0:
        return fallback
    corners = np.concatenate(
        [
            np.stack([columns, rows + down])
            for columns in (edges[0][rows], edges[1][rows] + 1)
            for down in (0, 1)
        ],
        axis=1,
    )
    hull = shapely.LineString(_places(dataset, *corners)).convex_hull  # quicker than of points
    try:
        geographic = transform_geom(dataset.crs, _WGS84, shapely.geometry.mapping(hull))
    except (RasterioError, CPLE_BaseError):
        return fallback
    finite = np.isfinite(shapely.get_coordinates(shapely.geometry.shape(geographic))).all()
    return dict(geographic) if finite else fallback


def _places(
    dataset: DatasetReader, columns: NDArray[np.int64], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Coordinates of pixel corners in the raster's own system, an x and a y in each row."""
    a, b, c, d, e, f = dataset.transform[:6]
    with np.errstate(over="ignore", invalid="ignore"):  # geographic_bounds looks for it
        return np.stack([a * columns + b * rows + c, d * columns + e * rows + f], axis=1)
