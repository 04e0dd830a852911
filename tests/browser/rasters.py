"""Rasters whose every pixel is known on the map: one tile of zoom level 12, a pixel a pixel."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

Pixels = NDArray[Any]

ZOOM, COLUMN, ROW = 12, 2215, 1390
SIDE = 256
HALF_WORLD = 20037508.342789244
RESOLUTION = 2 * HALF_WORLD / 2**ZOOM / SIDE
COLORS = {1: "1B9E77", 2: "D95F02", 3: "7570B3", 4: "E7298A"}
LABELS = {1: "Forest", 2: "Bare soil", 3: "Water", 4: "Built up"}


@dataclass(frozen=True)
class Dataset:
    """What is uploaded: `keys` joined by slashes, `pixels`, a class file if there are classes.

    `column` is where on the map its west is, in tiles.
    """

    path: str
    pixels: Pixels
    classes: Mapping[int, str] = field(default_factory=dict)
    column: float = COLUMN

    @property
    def class_file(self) -> bytes:
        classes = [
            {"value": value, "title": label, "color_hint": color_of(value)}
            for value, label in self.classes.items()
        ]
        return json.dumps({"classification:classes": classes}).encode()

    @property
    def raster(self) -> bytes:
        """A GeoTIFF of the pixels; more of them are smaller."""
        height, width = self.pixels.shape
        cell = RESOLUTION * SIDE / width
        tile = RESOLUTION * SIDE
        place = from_origin(-HALF_WORLD + self.column * tile, HALF_WORLD - ROW * tile, cell, cell)
        profile = {"driver": "GTiff", "crs": "EPSG:3857", "transform": place, "count": 1}
        with MemoryFile() as file:
            with file.open(
                **profile, width=width, height=height, dtype=self.pixels.dtype
            ) as target:
                target.write(self.pixels, 1)
            return bytes(file.getbuffer())


def color_of(value: int) -> str:
    """Six hex digits; another colour for each of many values."""
    return COLORS.get(value) or f"{value * 2654435761 % 0xFFFFFF:06X}"


def noise(seed: int) -> Pixels:
    """Each class in a quarter of the pixels or so, at random."""
    return np.random.default_rng(seed).integers(1, 5, (SIDE, SIDE), "uint8")


ODD_LABELS = {
    1: "<img src=x onerror=\"document.title = 'taken over'\">",
    2: "أرض زراعية مروية",
    3: "Broad-leaved evergreen forest with a label that no legend was made for, " * 4,
    4: "a & b | c, {d} \"e\" 'f' #g %h",
}
MANY = {value: f"Crop {value} of the national list of crops" for value in range(1, 301)}

FIRST = Dataset("categorical/test/2020/noise", noise(1), LABELS)
SECOND = Dataset("categorical/test/2021/noise", noise(2), LABELS)
ODD = Dataset("categorical/odd/2020/labels", noise(3), ODD_LABELS)
WIDE = Dataset(
    "categorical/many/2020/crops",
    (np.arange(SIDE * SIDE) % 300 + 1).reshape(SIDE, SIDE).astype("uint16"),
    MANY,
)
CONTINUOUS = Dataset(
    "index/test/2020/ndvi", np.linspace(0, 1, SIDE * SIDE, dtype="f4").reshape(SIDE, SIDE)
)
PACIFIC = Dataset("categorical/pacific/2020/islands", noise(4), LABELS, 2**ZOOM - 0.5)
ALL = (FIRST, SECOND, ODD, WIDE, CONTINUOUS, PACIFIC)
