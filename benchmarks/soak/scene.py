"""The rasters of a soak, and what each answer about them must be.

Every raster lies at the same place. A `State` is what a dataset shows at a time: pixels of one
template, rotated by some classes, in the labels and colours of one palette. No two states have the
same answer to any question, so an answer tells which state it shows, and one that mixes two shows
none.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.shutil import copy

from benchmarks.oracle import places
from benchmarks.tiles import Tile
from categorical.colors import Color

SIDE = 1024  # pixels
PIXEL = 10.0  # metres
WEST, NORTH = 600_000.0, 5_316_000.0  # EPSG:32632, in south Germany
CRS = "EPSG:32632"
CLASSES = 5
ROTATIONS = 3
PALETTES = 2
TEMPLATES = 4
_PATCH = 16  # pixels
_SEED = 20181010

Pixels = NDArray[np.uint8]


class State(NamedTuple):
    """What a dataset shows: pixels (template, rotation), labels and colours (palette)."""

    template: int
    rotation: int
    palette: int


def states() -> Iterator[State]:
    """All there are."""
    for index in np.ndindex(TEMPLATES, ROTATIONS, PALETTES):
        yield State(*index)


def label(value: int, palette: int) -> str:
    """Of a class; with characters that a URL must encode."""
    return f"class {value} & {'abc'[palette]}/{value}"


def color(value: int, palette: int) -> Color:
    """Of a class: no two classes or palettes share one."""
    return Color(40 * value + 20, 200 - 30 * value, 90 + 100 * palette, 255)


def class_file(palette: int) -> bytes:
    """The class file that gives a dataset the labels and colours of a palette."""
    classes = [
        {
            "value": value,
            "name": f"class_{value}_{palette}",
            "title": label(value, palette),
            "color_hint": color(value, palette).hex,
        }
        for value in range(CLASSES)
    ]
    return json.dumps({"classification:classes": classes}).encode()


@dataclass(frozen=True)
class Levels:
    """A raster's pixels, native first, then each overview."""

    arrays: tuple[Pixels, ...]

    @classmethod
    def read(cls, path: Path) -> "Levels":
        with rasterio.open(path) as raster:
            count = len(raster.overviews(1))
        options: list[dict[str, int]] = [{}, *({"overview_level": n} for n in range(count))]
        arrays = []
        for option in options:
            with rasterio.open(path, **option) as raster:
                arrays.append(raster.read(1))
        return cls(tuple(arrays))

    @property
    def counts(self) -> list[int]:
        """Native pixels of each class."""
        return [int(n) for n in np.bincount(self.arrays[0].ravel(), minlength=CLASSES)]


@dataclass(frozen=True)
class Scene:
    """The rasters in a folder of this machine."""

    folder: Path

    @classmethod
    def build(cls, folder: Path) -> "Scene":
        """All rasters written, as COGs with mode overviews."""
        scene = cls(folder)
        for template in range(TEMPLATES):
            for rotation in range(ROTATIONS):
                _write(scene.path(template, rotation), _pixels(template, rotation))
        return scene

    def path(self, template: int, rotation: int) -> Path:
        return self.folder / f"{template}-{rotation}.tif"

    @cached_property
    def levels(self) -> dict[tuple[int, int], Levels]:
        """Of each raster, by template and rotation."""
        return {
            (template, rotation): Levels.read(self.path(template, rotation))
            for template in range(TEMPLATES)
            for rotation in range(ROTATIONS)
        }

    def touches(self, tile: Tile) -> bool:
        """Whether a tile may show anything of the rasters; a pixel's width is on the safe side."""
        side = 40_075_016.69 / 2**tile.z
        west, north = tile.x * side - 20_037_508.34, 20_037_508.34 - tile.y * side
        bounds = _TO_RASTER.transform_bounds(west, north - side, west + side, north)
        east, south = WEST + SIDE * PIXEL, NORTH - SIDE * PIXEL
        return bool(
            bounds[0] < east + PIXEL
            and bounds[2] > WEST - PIXEL
            and bounds[1] < NORTH + PIXEL
            and bounds[3] > south - PIXEL
        )

    def places(self, tile: Tile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where in the rasters each of a tile's pixels lies: columns and rows."""
        with rasterio.open(self.path(0, 0)) as raster:
            return places(raster, tile)


def _pixels(template: int, rotation: int) -> Pixels:
    """Patches of classes, some frequent and some rare, with speckle."""
    random = np.random.default_rng((_SEED, template))
    shares = np.arange(CLASSES, 0, -1) / sum(range(CLASSES + 1))
    patches = random.choice(CLASSES, (SIDE // _PATCH, SIDE // _PATCH), p=shares)
    pixels = np.kron(patches, np.ones((_PATCH, _PATCH), int))
    speckle = random.random(pixels.shape) < 0.002
    pixels[speckle] = random.integers(0, CLASSES, int(speckle.sum()))
    return ((pixels + rotation) % CLASSES).astype(np.uint8)


_TO_RASTER = Transformer.from_crs("EPSG:3857", CRS, always_xy=True)


def _write(path: Path, pixels: Pixels) -> None:
    profile: dict[str, Any] = {
        "driver": "GTiff", "width": SIDE, "height": SIDE, "count": 1, "dtype": "uint8",
        "nodata": 255, "crs": CRS, "transform": Affine(PIXEL, 0, WEST, 0, -PIXEL, NORTH),
    }  # fmt: skip
    plain = path.with_suffix(".plain")
    with rasterio.open(plain, "w", **profile) as raster:
        raster.write(pixels, 1)
    copy(plain, path, driver="COG", blocksize=256, compress="DEFLATE", overview_resampling="mode")
    plain.unlink()
