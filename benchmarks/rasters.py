"""Generated categorical COGs, the same on every machine, kept in a folder outside of git.

A raster looks like a classified satellite image: patches of some forty pixels with frayed edges in
regions and landscapes where one class prevails, speckle, a few frequent classes and many rare
ones, fill (nodata) on one side. One pattern of patch numbers is drawn once; each block of the
raster gets its classes by an own table from patch to class, so that a block costs no more than one
lookup. Blocks are numbered from the centre, where rasters of every size and every number of
classes share their patches; beyond the centre's 20,000 pixels a block is of one class, so that
large rasters stay small on disk.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.shutil import copy
from rasterio.windows import Window

BLOCK = 2048
PIXEL = 10.0
CENTRE = (600_000.0, 5_316_000.0)  # EPSG:32632, in south Germany, off the central meridian
DETAILED = 10_240  # pixels from the centre within which blocks have patches
_CELL = 40  # pixels: the grid of the patches, each of which has its site somewhere in a cell
_CELLS = BLOCK // _CELL + 3
_SEED = 20181010
_VERSION = 2  # part of the file name: another pattern is another file


@dataclass(frozen=True)
class Recipe:
    """What tells one generated raster from another: `side` in pixels, number of `classes`."""

    side: int = 20_480
    classes: int = 9

    @property
    def name(self) -> str:
        """File name."""
        return f"categorical-v{_VERSION}-{self.side}-{self.classes}.tif"

    @property
    def dtype(self) -> str:
        """uint8 as long as 255 is free for nodata."""
        return "uint8" if self.classes < 255 else "uint16"

    @property
    def nodata(self) -> int:
        """The largest value of the type."""
        return int(np.iinfo(self.dtype).max)


def build(recipe: Recipe, folder: Path) -> Path:
    """Path of the raster as a COG with mode overviews; written the first time it is asked for."""
    path = folder / recipe.name
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    plain, part = path.with_suffix(".plain"), path.with_suffix(".part")
    with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS", GDAL_TIFF_OVR_BLOCKSIZE="512"):
        _write(recipe, plain)
        copy(plain, part, driver="COG", compress="DEFLATE", overviews="FORCE_USE_EXISTING")
    plain.unlink()
    part.rename(path)
    return path


def without_overviews(source: Path, shape: tuple[int, int]) -> Path:
    """Path of the middle of a raster, of so many rows and columns, as a GeoTIFF that is no COG."""
    height, width = shape
    path = source.with_name(f"{source.stem}-plain-{height}x{width}.tif")
    if path.exists():
        return path
    part = path.with_suffix(".part")
    with rasterio.open(source) as raster:
        top, left = (raster.height - height) // 2, (raster.width - width) // 2
        profile = raster.profile | {"height": height, "width": width, "zlevel": 1}
        transform = raster.window_transform(Window(left, top, width, height))
        with rasterio.open(part, "w", **profile | {"transform": transform}) as plain:
            for _, window in plain.block_windows(1):
                from_there = Window(
                    left + window.col_off, top + window.row_off, window.width, window.height
                )
                plain.write(raster.read(1, window=from_there), 1, window=window)
    part.rename(path)
    return path


def _write(recipe: Recipe, path: Path) -> None:
    profile = {
        "driver": "GTiff", "width": recipe.side, "height": recipe.side, "count": 1,
        "dtype": recipe.dtype, "nodata": recipe.nodata, "crs": "EPSG:32632",
        "transform": _transform(recipe.side), "tiled": True, "blockxsize": 512,
        "blockysize": 512, "compress": "DEFLATE", "zlevel": 1, "bigtiff": "IF_SAFER",
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as raster:
        for window, row, column in _blocks(recipe.side):
            raster.write(_classes(recipe, row, column, window), 1, window=window)
    factors = [2**n for n in range(1, 12) if recipe.side / 2**n >= 256]
    with rasterio.open(path, "r+") as raster:
        raster.build_overviews(factors, Resampling.mode)


def _transform(side: int) -> Affine:
    west, north = CENTRE[0] - side / 2 * PIXEL, CENTRE[1] + side / 2 * PIXEL
    return Affine(PIXEL, 0, west, 0, -PIXEL, north)


def _blocks(side: int) -> Iterator[tuple[Window, int, int]]:
    """Windows that cover the raster, each with its row and column counted from the centre."""
    half = side // 2
    first = -(-half // BLOCK)
    for row in range(-first, first):
        for column in range(-first, first):
            top, left = max(half + row * BLOCK, 0), max(half + column * BLOCK, 0)
            bottom = min(half + (row + 1) * BLOCK, side)
            right = min(half + (column + 1) * BLOCK, side)
            yield Window(left, top, right - left, bottom - top), row, column


def _classes(recipe: Recipe, row: int, column: int, window: Window) -> NDArray[np.generic]:
    """The classes of one block; a raster's margin has part of a block, cut on the outer side."""
    random = np.random.default_rng((_SEED, row + 1000, column + 1000))
    height, width = int(window.height), int(window.width)
    if max(row + 1, column + 1, -row, -column) * BLOCK > DETAILED:
        return np.full((height, width), _draw(random, recipe, 1)[0], recipe.dtype)
    block = _table(random, recipe)[_patches()]
    block[_fill(row, column)] = recipe.nodata
    top, left = (BLOCK - height if row < 0 else 0), (BLOCK - width if column < 0 else 0)
    return block[top : top + height, left : left + width]


def _table(random: np.random.Generator, recipe: Recipe) -> NDArray[np.generic]:
    """A class for each patch: its landscape's (a block), its region's (8 x 8 cells), or its own."""
    landscape = np.full(_CELLS * _CELLS, _draw(random, recipe, 1)[0])
    cells = np.arange(_CELLS) // 8
    region = _draw(random, recipe, 64)[(cells[:, None] * 8 + cells).ravel()]
    own = _draw(random, recipe, _CELLS * _CELLS)
    level = random.choice(3, size=_CELLS * _CELLS, p=(0.3, 0.4, 0.3))
    return np.choose(level, (landscape, region, own)).astype(recipe.dtype)


def _draw(random: np.random.Generator, recipe: Recipe, size: int) -> NDArray[np.int64]:
    weights = 1 / np.arange(1, recipe.classes + 1)
    return random.choice(recipe.classes, size=size, p=weights / weights.sum())


def _fill(row: int, column: int) -> NDArray[np.bool_]:
    """Where the block lies beyond the edge of the satellite's swath, a slanted line in the west."""
    y = (row * BLOCK + np.arange(BLOCK))[:, None]
    x = (column * BLOCK + np.arange(BLOCK))[None, :]
    return x < -0.85 * DETAILED + 0.12 * y


@cache
def _patches() -> NDArray[np.uint16]:
    """Numbers of the patches of a block: a Voronoi diagram of a jittered grid, warped, speckled."""
    random = np.random.default_rng(_SEED)
    sites = (np.arange(_CELLS) - 1) * _CELL
    site_y = sites[:, None] + random.uniform(0, _CELL, (_CELLS, _CELLS))
    site_x = sites[None, :] + random.uniform(0, _CELL, (_CELLS, _CELLS))
    rows, columns = np.mgrid[:BLOCK, :BLOCK].astype("float32")
    y, x = rows + _waves(random, rows, columns), columns + _waves(random, rows, columns)
    nearest = np.full(rows.shape, np.inf, "float32")
    number = np.zeros(rows.shape, "uint16")
    for step in np.ndindex(3, 3):
        i = np.clip((y // _CELL).astype(int) + step[0], 0, _CELLS - 1)
        j = np.clip((x // _CELL).astype(int) + step[1], 0, _CELLS - 1)
        distance = (y - site_y[i, j]) ** 2 + (x - site_x[i, j]) ** 2
        closer = distance < nearest
        nearest[closer] = distance[closer]
        number[closer] = (i * _CELLS + j)[closer]
    speckle = random.random(rows.shape) < 0.01
    number[speckle] = random.integers(0, _CELLS * _CELLS, int(speckle.sum()))
    return number


def _waves(
    random: np.random.Generator, rows: NDArray[np.float32], columns: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Smooth displacement of a few pixels: a sum of waves of different lengths and directions."""
    total = np.zeros(rows.shape, "float32")
    for length in (97, 41, 17, 9):
        angle, phase = random.uniform(0, 2 * np.pi, 2)
        along = rows * np.sin(angle) + columns * np.cos(angle)
        total += length / 12 * np.sin(2 * np.pi * along / length + phase)
    return total
