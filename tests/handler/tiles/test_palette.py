"""Pixel values find their colours, whatever the data type."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from categorical.colors import Color
from handler.tiles import Palette

RED, BLUE, CLEAR = Color(255, 0, 0), Color(0, 0, 255), Color(0, 0, 0, 0)


def color_of(palette: Palette, value: Any, dtype: str) -> Color:
    indices = palette.index(np.full((2, 3), value, dtype))
    assert indices.shape == (2, 3)
    return Color(*palette.rgba[indices[1, 2]].tolist())


@pytest.mark.parametrize(
    ("dtype", "value", "other"),
    [
        ("int8", -128, 127),
        ("uint8", 255, 0),
        ("int16", -32768, 32767),
        ("uint16", 65535, 0),
        ("int32", -(2**31), 2**31 - 1),
        ("uint32", 4_000_000_000, 0),
        ("int64", -(2**63), 2**63 - 1),
        ("uint64", 2**64 - 1, 2**53),
        ("float32", 0.1, 2.0),
        ("float64", -1.5, 0.0),
    ],
)
def test_every_type_to_its_limits(dtype: str, value: float, other: float) -> None:
    palette = Palette({value: RED, other: BLUE})
    assert color_of(palette, value, dtype) == RED
    assert color_of(palette, other, dtype) == BLUE
    assert color_of(palette, 33, dtype) == CLEAR


def test_neighbours_of_a_large_number_have_no_colour() -> None:
    palette = Palette({2**63 + 1: RED})
    assert color_of(palette, 2**63 + 1, "uint64") == RED
    assert color_of(palette, 2**63, "uint64") == CLEAR


@pytest.mark.parametrize("value", [1.5, -1, 256, 1e300, float("inf"), float("nan"), 2**70])
def test_value_that_the_type_cannot_hold_colours_nothing(value: float) -> None:
    palette = Palette({value: RED})
    assert set(palette.index(np.arange(256, dtype=np.uint8)).tolist()) == {0}


def test_whole_number_with_a_point_is_that_number() -> None:
    assert color_of(Palette({3.0: RED}), 3, "int16") == RED


def test_nan_has_no_colour() -> None:
    assert color_of(Palette({1: RED}), float("nan"), "float32") == CLEAR


def test_number_too_large_for_a_float_is_infinite_there() -> None:
    assert color_of(Palette({1e300: RED}), 1.0, "float32") == CLEAR


def test_no_colours_at_all() -> None:
    assert color_of(Palette({}), 1, "uint8") == CLEAR


def test_same_colours_are_one() -> None:
    palette = Palette({value: RED if value % 2 else BLUE for value in range(1000)})
    assert palette.rgba.tolist() == [list(CLEAR), list(BLUE), list(RED)]


def test_names_what_it_colours_and_what_it_hides() -> None:
    palette = Palette({0: CLEAR, 5: RED})
    assert palette.names(0)
    assert palette.names(5.0)
    assert not palette.names(None)
    assert not palette.names(6)


@given(
    dtype=st.sampled_from(
        ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
    ),
    data=st.data(),
)
def test_as_a_dictionary_would_do_it(dtype: str, data: st.DataObject) -> None:
    limits = np.iinfo(dtype)
    numbers = st.integers(int(limits.min), int(limits.max)) | st.integers(0, 20)
    keys = data.draw(st.lists(numbers, max_size=400, unique=True))
    colors = {key: Color(i % 256, i // 256, 7) for i, key in enumerate(keys)}
    near = [key + 1 for key in keys if key < limits.max][:50]
    values = np.array([*keys, *near, *data.draw(st.lists(numbers))], dtype)
    palette = Palette(colors)
    found = palette.rgba[palette.index(values)].tolist()
    assert found == [list(colors.get(value, CLEAR)) for value in values.tolist()]
