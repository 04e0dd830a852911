"""A colouring paints what it should, and its digest tells colours apart."""

import numpy as np
import pytest

from categorical.classes import Class
from categorical.colors import Color
from handler.coloring import Coloring, color_classes, color_values
from handler.errors import InvalidParameter

RED, GREEN, BLUE = Color(255, 0, 0), Color(0, 255, 0), Color(0, 0, 255)
CLASSES = (
    Class(0, "land", "Land", RED),
    Class(1, "water", "Water", GREEN),
    Class(255, "none", "None", BLUE, nodata=True),
)


def painted(coloring: Coloring, *values: int) -> list[tuple[int, ...]]:
    indices = coloring.palette.index(np.array([values], np.uint8))
    return [tuple(int(it) for it in coloring.palette.rgba[index]) for index in indices[0]]


def test_all_classes_but_nodata_are_painted() -> None:
    assert painted(color_classes(CLASSES), 0, 1, 255, 7) == [
        *((255, 0, 0, 255), (0, 255, 0, 255)),
        *((0, 0, 0, 0), (0, 0, 0, 0)),
    ]


def test_only_those_to_show_are_painted() -> None:
    assert painted(color_classes(CLASSES, ["Water"]), 0, 1) == [(0, 0, 0, 0), (0, 255, 0, 255)]


def test_an_unknown_label_is_named_beside_the_known_ones() -> None:
    with pytest.raises(InvalidParameter, match=r"'Wasser'.*'Land', 'Water', 'None'"):
        color_classes(CLASSES, ["Land", "Wasser"])


def test_of_many_labels_only_some_are_named() -> None:
    many = [Class(value, f"c{value}", f"C{value}", RED) for value in range(400)]
    with pytest.raises(InvalidParameter, match="'C29' and 370 more"):
        color_classes(many, ["Wasser"])


def test_equal_colours_have_equal_digests() -> None:
    one, other = color_values({0: RED, 1: GREEN}), color_values({1: GREEN, 0: RED})
    assert one.digest == other.digest == color_classes(CLASSES).digest


@pytest.mark.parametrize(
    "colors",
    [{0: RED}, {0: RED, 1: RED}, {0: RED, 2: GREEN}, {0: RED, 1: Color(0, 255, 0, 254)}],
)
def test_other_colours_have_other_digests(colors: dict[int | float, Color]) -> None:
    assert color_values(colors).digest != color_values({0: RED, 1: GREEN}).digest
