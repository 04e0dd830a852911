"""Transitions, judged pixel by pixel by pyproj's transformations and geodesics."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from categorical.classes import Class
from handler.areas.flows import Flows
from handler.areas.transitions import Limits, Transitions, measure_transitions
from handler.errors import TooLarge
from handler.tiles import Raster
from tests.handler.areas.rasters import write_raster

GEOD = Geod(ellps="WGS84")
CLASSES = [Class(value, f"c{value}", f"class {value}") for value in range(4)]
LIMITS = Limits(1 << 25, 10_000)
Values = NDArray[Any]
Place = tuple[str, Affine]

LONLAT = ("EPSG:4326", Affine(0.001, 0, 14.0, 0, -0.001, 50.0))
UTM = ("EPSG:32633", Affine(60, 0, 428_400, 0, -60, 5_539_000))
UTM_COARSE = ("EPSG:32633", Affine(150, 0, 427_000, 0, -150, 5_540_000))
UTM_TURNED = ("EPSG:32633", Affine(60, 0, 428_400, 0, -60, 5_539_000) @ Affine.rotation(20))
LAEA = ("EPSG:3035", Affine(80, 0, 4_605_000, 0, -80, 2_995_000))


@pytest.fixture(autouse=True)
def _env() -> Iterator[None]:
    with rasterio.Env():
        yield


def noise(seed: int, height: int = 90, width: int = 110) -> Values:
    """Five values, of which 0 to 3 are classes and 4 is none."""
    return np.random.default_rng(seed).integers(0, 5, (height, width)).astype(np.uint8)


def open_raster(path: Path, values: Values, place: Place, **options: Any) -> Raster:
    return Raster.open(write_raster(path, values, *place, **options))


def compare(
    folder: Path,
    one: tuple[Values, Place],
    other: tuple[Values, Place],
    limits: Limits = LIMITS,
    **options: Any,
) -> Transitions:
    rasters = (
        open_raster(folder / "one.tif", *one, **options),
        open_raster(folder / "other.tif", *other, **options),
    )
    return measure_transitions(rasters, (CLASSES, CLASSES), limits)


def table(found: Transitions) -> dict[tuple[int, int], float]:
    pairs = zip(found.earlier.tolist(), found.later.tolist(), strict=True)
    return dict(zip(pairs, found.counts.tolist(), strict=True))


def by_brute_force(one: tuple[Values, Place], other: tuple[Values, Place]) -> Counter[Any]:
    """{(number, number): pixels}, one pixel after the other; 4 is unclassified, 5 outside."""
    (values, (crs, affine)), (others, (other_crs, other_affine)) = one, other
    transformer = Transformer.from_crs(crs, other_crs, always_xy=True)
    found: Counter[Any] = Counter()
    for row, column in np.ndindex(*values.shape):
        x, y = transformer.transform(*(affine * (column + 0.5, row + 0.5)))
        there, down = (int(np.floor(place)) for place in ~other_affine * (x, y))
        inside = 0 <= there < others.shape[1] and 0 <= down < others.shape[0]
        found[int(values[row, column]), int(others[down, there]) if inside else 5] += 1
    return found


def pixel_area(place: Place, column: int, row: int) -> float:
    """Of one pixel, its sides straight on its own grid and each in ten steps."""
    crs, affine = place
    steps = np.linspace(0, 1, 10, endpoint=False)
    zeros, ones = np.zeros(10), np.ones(10)
    across = np.concatenate([steps, ones, 1 - steps, zeros]) + column
    down = np.concatenate([zeros, steps, ones, 1 - steps]) + row
    transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = transformer.transform(*(affine * (across, down)))
    return abs(float(GEOD.polygon_area_perimeter(lon, lat)[0]))


@pytest.mark.parametrize(
    ("place", "other"),
    [
        (UTM, UTM),
        (UTM, UTM_COARSE),
        (UTM_COARSE, UTM),
        (UTM, UTM_TURNED),
        (UTM, LONLAT),
        (LONLAT, UTM),
        (LAEA, LONLAT),
        (UTM_TURNED, LAEA),
    ],
)
def test_every_pixel_meets_the_one_that_holds_its_centre(
    tmp_path: Path, place: Place, other: Place
) -> None:
    one, two = (noise(1), place), (noise(2), other)
    found = compare(tmp_path, one, two)
    assert table(found) == by_brute_force(one, two)
    assert (found.resolution, found.later_resolution, found.is_exact) == (1, 1, True)


@pytest.mark.parametrize("place", [UTM, LONLAT, LAEA])
def test_areas_are_those_of_the_first_grid(tmp_path: Path, place: Place) -> None:
    values, others = noise(1, 12, 15), noise(2, 12, 15)
    found = compare(tmp_path, (values, place), (others, place))
    expected: dict[tuple[int, int], float] = {}
    for row, column in np.ndindex(*values.shape):
        pair = int(values[row, column]), int(others[row, column])
        expected[pair] = expected.get(pair, 0) + pixel_area(place, column, row)
    pairs = zip(found.earlier.tolist(), found.later.tolist(), strict=True)
    assert dict(zip(pairs, found.areas, strict=True)) == pytest.approx(expected, rel=1e-6)


def test_centres_on_the_edges_of_the_other_grid(tmp_path: Path) -> None:
    """Pixels of 20 m over such of 10 m: a centre is where four meet, the last of them counts."""
    one = np.zeros((20, 20), np.uint8)
    other = np.tile(np.array([[0, 1], [2, 3]], np.uint8), (20, 20))
    coarse, fine = (("EPSG:32633", Affine(size, 0, 5e5, 0, -size, 5.5e6)) for size in (20.0, 10.0))
    assert table(compare(tmp_path, (one, coarse), (other, fine))) == {(0, 3): 400}


def test_a_world_that_begins_elsewhere(tmp_path: Path) -> None:
    """From -180 to 180 and from 0 to 360 degrees."""
    values = noise(3, 18, 36)
    west, turned = (("EPSG:4326", Affine(10, 0, start, 0, -10, 90)) for start in (-180.0, 0.0))
    found = compare(tmp_path, (values, west), (np.roll(values, -18, axis=1), turned))
    assert set(table(found)) == {(value, value) for value in range(5)}


def test_nodata_and_masks(tmp_path: Path) -> None:
    values = np.array([[0, 1, 4, 3]], np.uint8)
    masked = np.array([[255, 255, 255, 0]], np.uint8)
    one = open_raster(tmp_path / "one.tif", values, UTM, nodata=4)
    other = open_raster(tmp_path / "other.tif", values, UTM)
    found = measure_transitions((one, other), (CLASSES, CLASSES), LIMITS)
    assert table(found) == {(0, 0): 1, (1, 1): 1, (5, 4): 1, (3, 3): 1}
    hidden = open_raster(tmp_path / "hidden.tif", values, UTM, mask=masked)
    found = measure_transitions((one, hidden), (CLASSES, CLASSES), LIMITS)
    assert table(found) == {(0, 0): 1, (1, 1): 1, (5, 4): 1, (3, 5): 1}


def test_a_raster_far_away_has_no_pixel_there(tmp_path: Path) -> None:
    away = ("EPSG:32755", Affine(60, 0, 428_400, 0, -60, 5_539_000))
    found = compare(tmp_path, (noise(1), UTM), (noise(2), away))
    assert set(found.later.tolist()) == {5}
    assert found.counts.sum() == 90 * 110


def test_large_rasters_are_compared_by_their_overviews(tmp_path: Path) -> None:
    blocks = np.kron(noise(1, 32, 32), np.ones((8, 8), np.uint8))
    others = np.kron(noise(2, 32, 32), np.ones((8, 8), np.uint8))
    exact = compare(tmp_path, (blocks, UTM), (others, UTM), factors=(2, 4))
    coarse = compare(tmp_path, (blocks, UTM), (others, UTM), Limits(20_000, 99), factors=(2, 4))
    assert (coarse.resolution, coarse.later_resolution, coarse.is_exact) == (2, 2, False)
    assert table(coarse) == table(exact)
    assert coarse.areas == pytest.approx(exact.areas, rel=1e-6)


def test_only_what_both_cover_counts_as_read(tmp_path: Path) -> None:
    small = ("EPSG:32633", UTM[1] @ Affine.translation(100, 100))
    found = compare(
        tmp_path, (noise(1, 40, 40), small), (noise(2, 256, 256), UTM), Limits(2_000, 99)
    )
    assert found.is_exact
    assert found.counts.sum() == 1600


@pytest.mark.parametrize("swapped", [False, True])
def test_without_overviews_a_large_raster_is_too_large(tmp_path: Path, swapped: bool) -> None:
    large = (noise(2, 256, 256), ("EPSG:32633", Affine(20, 0, 428_400, 0, -20, 5_539_000)))
    pair = [(noise(1, 90, 90), UTM), large]
    with pytest.raises(TooLarge, match="10,000"):
        compare(tmp_path, *(reversed(pair) if swapped else pair), limits=Limits(10_000, 99))


def test_too_many_pairs_of_classes(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="10 pairs"):
        compare(tmp_path, (noise(1), UTM), (noise(2), UTM), Limits(1 << 20, 10))


def test_few_of_very_many_possible_pairs() -> None:
    generator = np.random.default_rng(6)
    codes, areas = generator.integers(0, 50, 1000), generator.random(1000)
    few, many = Flows.of(codes, areas, 50), Flows.of(codes, areas, 1 << 40)
    assert few.codes.tolist() == many.codes.tolist()
    assert few.counts.tolist() == many.counts.tolist()
    assert few.areas == pytest.approx(many.areas)
    assert (few + many).counts.tolist() == (2 * few.counts).tolist()
