import re
from typing import NamedTuple

import mercantile
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from categorical.errors import InvalidURL
from categorical.urls.tiles import LONGEST, MAX_ZOOM, Tile, check_tile, parse_tile, write_tile

tiles = st.integers(0, MAX_ZOOM).flatmap(
    lambda z: st.builds(Tile, st.just(z), st.integers(0, 2**z - 1), st.integers(0, 2**z - 1))
)


@given(tiles)
def test_reading_gives_the_tile_back(tile: Tile) -> None:
    assert write_tile(tile) == f"{tile.z}/{tile.x}/{tile.y}"
    assert parse_tile(write_tile(tile)) == tile


@given(tiles)
def test_no_tile_is_longer_than_the_longest(tile: Tile) -> None:
    assert len(write_tile(tile)) <= len(LONGEST)


def test_none_is_the_template() -> None:
    assert write_tile(None) == "{z}/{x}/{y}"
    assert parse_tile("{z}/{x}/{y}") is None


def test_a_tile_that_names_its_parts_is_taken_by_their_names() -> None:
    assert check_tile(mercantile.Tile(x=5, y=6, z=3)) == (3, 5, 6)


@pytest.mark.parametrize("tile", [(3, 5, 6), [3, 5, 6], (3.0, 5, 6), tuple(np.array([3, 5, 6]))])
def test_forms_of_a_tile(tile: object) -> None:
    assert write_tile(tile) == "3/5/6"


class Halves(NamedTuple):
    x: float
    y: float
    z: int


@pytest.mark.parametrize(
    "tile",
    [
        (-1, 0, 0), (31, 0, 0), (0, 1, 0), (0, 0, 1), (3, 8, 0), (3, 0, 8), (3, -1, 0), (3, 0, -1),
        (1, 2), (1, 0, 0, 0), (), (0.5, 0, 0), (float("nan"), 0, 0), (True, 0, 0), ("0", 0, 0),
        (None, 0, 0), "0/0/0", 5, {"z": 0, "x": 0, "y": 0}, Halves(0.5, 0, 1),
    ],
)  # fmt: skip
def test_what_is_no_tile_is_refused_by_its_name(tile: object) -> None:
    with pytest.raises(InvalidURL, match=re.escape(repr(tile))):
        write_tile(tile)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0/0",
        "0/0/0/0",
        "a/0/0",
        "-1/0/0",
        "0/0/0.5",
        "{z}/{x}/{-y}",
        "{x}/{y}/{z}",
        "0/0/0@2x",
        " 0/0/0",
        "\u0660/0/0",
        "1/0/2",
        "99999999999/0/0",
    ],
)
def test_what_reads_as_no_tile_is_refused(text: str) -> None:
    with pytest.raises(InvalidURL):
        parse_tile(text)
