"""Pixels inside of outlines, judged by shapely and GDAL."""

from itertools import pairwise

import numpy as np
import pytest
import rasterio.features
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from handler.areas.fill import fill

Array = NDArray[np.float64]


def edges(*rings: Array) -> Array:
    return np.concatenate([np.stack([ring[:-1], ring[1:]], axis=1) for ring in rings])


def centres(width: int, height: int) -> tuple[Array, Array]:
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return columns, rows


def star(points: int, seed: int) -> Array:
    """A ring around (20, 15) that does not cross itself."""
    generator = np.random.default_rng(seed)
    angles = np.sort(generator.uniform(0, 2 * np.pi, points))
    radii = generator.uniform(2, 25, points)
    ring = np.stack([20 + radii * np.cos(angles), 15 + radii * np.sin(angles)], axis=1)
    return np.concatenate([ring, ring[:1]])


@pytest.mark.parametrize("seed", range(20))
def test_a_polygon_and_its_hole(seed: int) -> None:
    outer = star(30, seed)
    hole = (outer - [20, 15]) * 0.5 + [20, 15]
    polygon = shapely.Polygon(outer, [hole])
    found = fill(edges(outer, hole), 40, 30)
    assert np.array_equal(found, shapely.contains_xy(polygon, *centres(40, 30)))
    gdal = rasterio.features.rasterize(
        [polygon], (30, 40), transform=Affine.identity(), all_touched=False
    )
    assert np.array_equal(found, gdal == 1)


@given(st.lists(st.tuples(st.floats(-50, 90), st.floats(-50, 90)), min_size=3, max_size=40))
def test_any_ring_has_inside_what_it_goes_around_an_odd_number_of_times(
    points: list[tuple[float, float]],
) -> None:
    ring = np.array([*points, points[0]])
    columns, rows = centres(40, 30)
    odd = np.zeros((30, 40), bool)
    for (x0, y0), (x1, y1) in pairwise(ring):
        across = (y0 <= rows) != (y1 <= rows)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            x = x0 + (rows - y0) * ((x1 - x0) / (y1 - y0))
        odd ^= across & (np.round(x, 9) <= np.round(columns, 9))
    wrong = fill(edges(ring), 40, 30) != odd
    assert wrong.sum() == 0 or _near_an_edge(ring, wrong)


def _near_an_edge(ring: Array, wrong: NDArray[np.bool_]) -> bool:
    columns, rows = centres(40, 30)
    places = shapely.points(columns[wrong], rows[wrong])
    return bool((shapely.distance(shapely.LineString(ring), places) < 1e-6).all())


def test_a_centre_on_an_edge_belongs_to_one_of_two_neighbours() -> None:
    def square(left: float, right: float) -> Array:
        return np.array([[left, 0.5], [right, 0.5], [right, 4.5], [left, 4.5], [left, 0.5]])

    one, other = fill(edges(square(0.5, 3.5)), 8, 6), fill(edges(square(3.5, 6.5)), 8, 6)
    assert not (one & other).any()
    assert (one | other).sum() == 6 * 4


def test_nothing_and_everything() -> None:
    around = np.array([[-9, -9], [99, -9], [99, 99], [-9, 99], [-9, -9.0]])
    assert fill(edges(around), 5, 4).all()
    assert not fill(edges(around + 500), 5, 4).any()
    assert not fill(np.empty((0, 2, 2)), 5, 4).any()


def test_many_crossings_are_counted_in_batches() -> None:
    zigzag = np.array([[i % 2 * 1000.0, i % 3 * 1000.0] for i in range(3001)])
    ring = np.concatenate([zigzag, zigzag[:1]])
    half = fill(edges(ring), 1000, 1000)
    parts = [fill(edges(ring - [0, top]), 1000, 100) for top in range(0, 1000, 100)]
    assert np.array_equal(half, np.concatenate(parts))
