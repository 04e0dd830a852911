"""A dataset as a STAC item, with the extensions for classification, raster and projection.

https://github.com/radiantearth/stac-spec/blob/v1.1.0/item-spec/item-spec.md
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from categorical.periods import Period
from handler.areas.grid import Box, Grid
from handler.tiles import Raster

STAC_VERSION = "1.1.0"
EXTENSIONS = tuple(
    f"https://stac-extensions.github.io/{name}/schema.json"
    for name in ("classification/v2.0.0", "raster/v1.1.0", "projection/v2.0.0")
)

Asset = dict[str, Any]


@dataclass(frozen=True)
class Band:
    """What STAC says about a raster's first band and its place on the Earth."""

    grid: Grid
    data_type: str
    nodata: float | None
    resolution: float

    @classmethod
    def of(cls, raster: Raster, pixel_area: float) -> "Band":
        """Of the native pixels, which have about `pixel_area` m2."""
        data_type = raster.level(1).dataset.dtypes[0]
        return cls(Grid.of(raster), data_type, raster.nodata, math.sqrt(pixel_area))


def make_item(
    identifier: str,
    title: str,
    url: str,
    period: Period,
    band: Band,
    assets: Mapping[str, Asset],
) -> dict[str, Any]:
    """The item that is found under `url`."""
    return {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": EXTENSIONS,
        "id": identifier,
        "geometry": _geometry(band.grid.bounds),
        "bbox": _bbox(band.grid.bounds),
        "properties": {"title": title, **_times(period), **_projection(band.grid)},
        "links": [{"rel": "self", "href": url, "type": "application/geo+json"}],
        "assets": dict(assets),
    }


def describe_band(band: Band, classes: list[dict[str, Any]]) -> Asset:
    """The fields of the asset that stands for the raster; `classes` are in STAC terms."""
    nodata = {} if band.nodata is None else {"nodata": _number(band.nodata)}
    bands = [
        {
            "data_type": band.data_type,
            **nodata,
            "sampling": "area",
            "spatial_resolution": float(f"{band.resolution:.6g}"),
        }
    ]
    return {"classification:classes": classes, "raster:bands": bands}


def _number(value: float) -> float | str:
    """JSON knows no NaN and no infinity; the raster extension has words for them."""
    if math.isfinite(value):
        return int(value) if value.is_integer() else value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _times(period: Period) -> dict[str, str | None]:
    start, end = (f"{time:%Y-%m-%dT%H:%M:%S}Z" for time in (period.start, period.end))
    if start == end:
        return {"datetime": start}
    return {"datetime": None, "start_datetime": start, "end_datetime": end}


def _projection(grid: Grid) -> dict[str, Any]:
    code = grid.crs.to_authority()
    return {
        "proj:code": f"{code[0]}:{code[1]}" if code else None,
        **({} if code else {"proj:wkt2": grid.crs.to_wkt(version="WKT2_2019")}),
        "proj:shape": [grid.height, grid.width],
        "proj:transform": list(grid.affine)[:6],
    }


def _bbox(bounds: Box) -> list[float]:
    """West is larger than east across the antimeridian, as RFC 7946 has it."""
    west, south, east, north = bounds
    return [west, south, east - 360 if east > 180 else east, north]


def _geometry(bounds: Box) -> dict[str, Any]:
    """The bounds, cut at the antimeridian."""
    west, south, east, north = bounds
    if east <= 180:
        return {"type": "Polygon", "coordinates": [_ring(bounds)]}
    parts = (west, south, 180.0, north), (-180.0, south, east - 360, north)
    return {"type": "MultiPolygon", "coordinates": [[_ring(part)] for part in parts]}


def _ring(box: Box) -> list[list[float]]:
    west, south, east, north = box
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]
