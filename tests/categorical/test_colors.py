import colorsys
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from categorical.colors import TRANSPARENT, Color, parse_color
from categorical.errors import InvalidColor

channels = st.integers(0, 255)
colors = st.builds(Color, channels, channels, channels, channels)


@given(colors)
def test_eight_digits_hold_a_whole_colour(color: Color) -> None:
    digits = "{:02x}{:02x}{:02x}{:02x}".format(*color)
    assert parse_color(digits) == parse_color(f"#{digits.upper()}") == color


@given(colors)
def test_hex_gives_the_opaque_colour_back(color: Color) -> None:
    assert re.fullmatch("[0-9A-F]{6}", color.hex)
    assert parse_color(color.hex) == color._replace(alpha=255)


@given(colors)
def test_a_tuple_or_list_is_taken_as_it_is(color: Color) -> None:
    assert parse_color(tuple(color)) == parse_color(list(color)) == parse_color(color) == color
    assert parse_color(color[:3]) == color._replace(alpha=255)


@pytest.mark.parametrize(
    ("value", "color"),
    [
        ("99d594", (153, 213, 148, 255)),
        ("#FFF", (255, 255, 255, 255)),
        ("1234", (17, 34, 51, 68)),
        (" #2b83ba ", (43, 131, 186, 255)),
        ([255.0, 0.0, 128.0], (255, 0, 128, 255)),
        (np.array([1, 2, 3], dtype=np.uint8).tolist(), (1, 2, 3, 255)),
        (tuple(np.array([1, 2, 3, 4], dtype=np.uint8)), (1, 2, 3, 4)),
    ],
)
def test_known_colours(value: object, color: tuple[int, ...]) -> None:
    assert parse_color(value) == color


def test_a_colour_of_the_standard_library_agrees() -> None:
    red, green, blue = (round(channel * 255) for channel in colorsys.hsv_to_rgb(1 / 3, 1, 1))
    assert parse_color("0f0") == (red, green, blue, 255)


def test_transparent_has_no_alpha() -> None:
    assert TRANSPARENT.alpha == 0


@pytest.mark.parametrize(
    "value",
    [
        None, True, 7, 1.5, "", "#", "12", "12345", "1234567", "123456789", "##123456", "ggg",
        "red", "0x123456", "12 456", "١٢٣", b"\x01\x02\x03", [], [1, 2], [1, 2, 3, 4, 5],
        [1, 2, -1], [1, 2, 256], [1, 2, 0.5], [1, 2, float("nan")], [1, 2, float("inf")],
        [1, 2, True], [1, 2, None], [1, 2, "3"], [1, 2, [3]], {"red": 1, "green": 2, "blue": 3},
        {1, 2, 3},
    ],
)  # fmt: skip
def test_everything_else_is_refused_by_its_name(value: object) -> None:
    with pytest.raises(InvalidColor, match=re.escape(repr(value))) as caught:
        parse_color(value)
    assert caught.value.code == "invalid_color"


def test_a_long_value_is_cut() -> None:
    with pytest.raises(InvalidColor, match=r"^'a{76}\.\.\. is no colour"):
        parse_color("a" * 10_000)
