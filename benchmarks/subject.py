"""A raster to draw: where it is, the classes in it, their colours, its metadata for Terracotta."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.warp import transform_bounds

from benchmarks.peer import Dataset
from categorical.classes import Class, to_categories, to_stac
from categorical.colors import Color
from categorical.palettes import assign_colors
from categorical.urls import categorical_url, quote_component, singleband_url

KEY_NAMES = ("type", "sensor", "date", "band")
KEYS = ("categorical", "S2", "20181010", "classes")
_SAMPLED = 4096  # pixels a side in which classes are looked for
_BASE = "https://example.org"
_LONG = 100_000  # bytes: no limit of a gateway's, so that 400 classes can be asked for in process


@dataclass(frozen=True)
class Subject:
    """A raster under a local path."""

    path: Path

    @cached_property
    def colors(self) -> dict[int, Color]:
        """{value: colour}, each colour once, so that a tile tells the classes apart."""
        with rasterio.open(self.path) as raster:
            shape = tuple(min(side, _SAMPLED) for side in raster.shape)
            found = np.unique(raster.read(1, out_shape=shape))
            values = [int(value) for value in found if value != raster.nodata]
        assigned = assign_colors(f"class {value}" for value in values)
        return dict(zip(values, assigned.values(), strict=True))

    @property
    def classes(self) -> list[Class]:
        """The classes as an ingestion would register them."""
        return [
            Class(value=value, name=f"class_{value}", label=f"class {value}", color=color)
            for value, color in self.colors.items()
        ]

    @property
    def rgb(self) -> dict[int, tuple[int, int, int]]:
        """{value: (red, green, blue)}."""
        return {value: color[:3] for value, color in self.colors.items()}

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What `driver.insert` takes: Terracotta's own statistics, made up, and our classes."""
        with rasterio.open(self.path) as raster:
            west, south, east, north = transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        shares = {"count": 1_000_000, "percentage": 100 / len(self.colors)}
        return {
            "bounds": (west, south, east, north),
            "convex_hull": {"type": "Polygon", "coordinates": [ring]},
            "valid_percentage": 100.0,
            "range": (min(self.colors), max(self.colors)),
            "mean": 1.0,
            "stdev": 1.0,
            "percentiles": [1.0] * 99,
            "metadata": {
                "categories": to_categories(self.classes),
                "classes": [to_stac(item) | shares for item in self.classes],
                "source": {"bucket": "incoming", "key": "/".join(KEYS) + ".tif", "etag": "1"},
            },
        }

    def dataset(self, address: str = "", date: str = KEYS[2]) -> Dataset:
        """The raster as it is asked for: where it lies, or at another address, on another date."""
        return Dataset((*KEYS[:2], date, KEYS[3]), address or str(self.path))

    @property
    def singleband(self) -> str:
        """Template of Terracotta's URL, which carries the colours."""
        return _template(singleband_url(_BASE, KEYS, self.colors, max_bytes=_LONG))

    @property
    def categorical(self) -> str:
        """Template of our short URL."""
        return _template(categorical_url(_BASE, KEYS))

    @property
    def titiler(self) -> str:
        """Template of titiler's URL, nearest resampling and the colours in it."""
        pairs = ",".join(f'"{value}":{list(color)}' for value, color in self.colors.items())
        query = f"url={{address}}&colormap={quote_component('{' + pairs + '}')}"
        path = "/tiles/WebMercatorQuad/{z}/{x}/{y}.png"
        return f"{path}?{query}&resampling=nearest&reproject=nearest"


def _template(url: str) -> str:
    return url.removeprefix(_BASE).replace("/".join(KEYS), "{keys}")
