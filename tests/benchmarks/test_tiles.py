from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer

from benchmarks.tiles import pick, with_tiles

WEST, NORTH, SIDE = 600_000.0, 5_316_000.0, 40_000.0


@pytest.fixture(scope="module")
def raster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiles") / "a.tif"
    step = SIDE / 16
    transform = Affine(step, 0, WEST, 0, -step, NORTH)
    options = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:32632"}
    with rasterio.open(path, "w", width=16, height=16, transform=transform, **options) as opened:
        opened.write(np.zeros((16, 16), "uint8"), 1)
    return path


def test_tiles_are_distinct_inside_and_always_the_same(raster: Path) -> None:
    tiles = pick(raster, 12, 20)
    assert len(set(tiles)) == len(tiles) == 20
    assert tiles == pick(raster, 12, 20)
    to_raster = Transformer.from_crs("EPSG:4326", "EPSG:32632", always_xy=True)
    for z, x, y in tiles:
        lon = (x + 0.5) / 2**z * 360 - 180
        lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + 0.5) / 2**z))))
        east, north = to_raster.transform(lon, lat)
        assert WEST < east < WEST + SIDE
        assert NORTH - SIDE < north < NORTH


def test_a_smaller_square_holds_fewer(raster: Path) -> None:
    assert 0 < len(pick(raster, 13, 1000, SIDE / 2)) < len(pick(raster, 13, 1000))


def test_zooms_without_enough_tiles_are_left_out(raster: Path) -> None:
    assert with_tiles(raster, (8, 12, 13), 5) == [12, 13]
    with pytest.raises(ValueError, match=r"a\.tif covers fewer than 5 tiles at zoom 9"):
        with_tiles(raster, (8, 9), 5)
