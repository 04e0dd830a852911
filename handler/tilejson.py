"""TileJSON 3.0: what a map library asks to show a dataset.

https://github.com/mapbox/tilejson-spec/tree/master/3.0.0
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from rasterio.crs import CRS

from categorical.legend import Legend
from handler.areas.grid import Box, Grid
from handler.tiles.projection import transform

MAX_ZOOM = 30
TILE_SIDE = 256
MAX_LATITUDE = 85.0511287798066  # where Web Mercator's square ends

_WEB_MERCATOR = CRS.from_epsg(3857)
_WORLD_WIDTH = 2 * math.pi * 6378137


@dataclass(frozen=True)
class Extent:
    """Where a dataset shows: `bounds` never wrap around; from `zoom` on each pixel is seen.

    `width` is its own in degrees, also where the bounds are all round the world.
    """

    bounds: Box
    center: tuple[float, float]
    width: float
    zoom: int


def make_tilejson(
    title: str,
    url: str,
    extent: Extent,
    legend: Legend,
    classes: Iterable[dict[str, Any]],
    attribution: str | None,
    client: str,
) -> dict[str, Any]:
    """The document: `url` is the tiles' template, `classes` are in STAC terms.

    `client` is the address of categorical.js, whose functions take this document.
    """
    return {
        "tilejson": "3.0.0",
        "name": title,
        "tiles": [url],
        "scheme": "xyz",
        "bounds": extent.bounds,
        "center": [*extent.center, min(extent.zoom, _zoom_of(extent.width))],
        "minzoom": 0,  # the tile reader shows a dataset however small it is
        "maxzoom": extent.zoom,
        "legend": _legend_text(legend),
        **({"attribution": attribution} if attribution else {}),
        "classes": list(classes),
        "client": client,
    }


def extent_of(grid: Grid) -> Extent:
    """Bounds and middle, on the map that ends at 85 degrees, and the zoom of native pixels."""
    west, south, east, north = grid.bounds
    lon = (west + east) / 2
    south, north = (max(-MAX_LATITUDE, min(MAX_LATITUDE, lat)) for lat in (south, north))
    whole = east > 180 + 1e-9
    bounds = (-180.0, south, 180.0, north) if whole else (west, south, min(east, 180.0), north)
    center = ((lon + 180) % 360 - 180, (south + north) / 2)
    return Extent(bounds, center, east - west, _native_zoom(grid))


def _native_zoom(grid: Grid) -> int:
    """The first zoom at which no tile has pixels larger than the raster's."""
    places = np.meshgrid(*(np.linspace(0, size - 1, 5) for size in (grid.width, grid.height)))
    columns, rows = (axis.ravel() for axis in places)
    here, right, below = (
        transform(grid.crs, _WEB_MERCATOR, np.stack(grid.affine * (columns + x, rows + y)))
        for x, y in ((0, 0), (1, 0), (0, 1))
    )
    sides = np.hypot(*np.concatenate([right - here, below - here], axis=1))
    smallest = float(np.nanmin(np.where(sides > 0, sides, np.nan), initial=np.inf))
    if not math.isfinite(smallest):
        return 0
    zoom = math.ceil(math.log2(_WORLD_WIDTH / TILE_SIDE / smallest) - 1e-6)
    return max(0, min(MAX_ZOOM, zoom))


def _zoom_of(width: float) -> int:
    """The zoom at which so many degrees are at most some four tiles wide."""
    return max(0, math.floor(math.log2(4 * 360 / max(width, 1e-9))) - 1)


def _legend_text(legend: Legend) -> str:
    """One text, as the specification wants it; programs that take it for HTML are not misled."""
    return "\n".join(f"#{entry.color.hex} {escape(entry.label)}" for entry in legend.entries)
