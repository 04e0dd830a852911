import json
import re
from fractions import Fraction
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from categorical.colors import Color
from categorical.errors import CategoricalError
from categorical.urls.colormaps import explicit_color_map, parse_color_map

GUIDE = {0: "99d594", 1: "2b83ba", 2: "ffffff", 3: "404040"}

channels = st.integers(0, 255)
colors = st.builds(Color, channels, channels, channels, channels)
values = st.integers(-(2**63), 2**64 - 1)
color_maps = st.dictionaries(values, colors, min_size=1)


def forms_of(value: int) -> list[object]:
    """The ways to say the same pixel value."""
    forms: list[object] = [value, str(value), f"{value}.0", f"{value}.000"]
    if value >= 0:
        forms += [f"+{value}", f"0{value}"[:20] if value < 10**18 else value]
    if abs(value) < 2**53:
        forms += [float(value), np.float64(value)]
    if -(2**31) <= value < 2**31:
        forms.append(np.int32(value))
    return forms


def forms_of_color(color: Color) -> list[object]:
    """The ways to say the same colour."""
    eight = "{:02x}{:02x}{:02x}{:02x}".format(*color)
    forms: list[object] = [color, tuple(color), list(color), eight, f"#{eight.upper()}"]
    if color.alpha == 255:
        forms += [eight[:6], f"#{eight[:6]}", tuple(color[:3]), [float(part) for part in color[:3]]]
    return forms


@given(color_maps, st.data())
def test_all_forms_of_a_colour_map_give_the_same_bytes(
    color_map: dict[int, Color], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(list(color_map.items())))
    other_form: dict[Any, object] = {
        data.draw(st.sampled_from(forms_of(value))): data.draw(
            st.sampled_from(forms_of_color(color))
        )
        for value, color in shuffled
    }
    assert explicit_color_map(other_form) == explicit_color_map(color_map)


@given(color_maps)
def test_the_json_inside_is_canonical(color_map: dict[int, Color]) -> None:
    """Written by the standard library from a plain reading of the contract."""
    expected = {
        str(value): color.hex.lower() if color.alpha == 255 else list(color)
        for value, color in sorted(color_map.items())
    }
    assert unquote(explicit_color_map(color_map)) == json.dumps(expected, separators=(",", ":"))


@given(color_maps)
def test_reading_gives_values_and_colours_back(color_map: dict[int, Color]) -> None:
    read = parse_color_map(unquote(explicit_color_map(color_map)))
    assert list(read) == sorted(color_map)
    assert explicit_color_map(read) == explicit_color_map(color_map)


def test_terracottas_guide() -> None:
    encoded = explicit_color_map(GUIDE)
    assert encoded == (
        "%7B%220%22%3A%2299d594%22%2C%221%22%3A%222b83ba%22"
        "%2C%222%22%3A%22ffffff%22%2C%223%22%3A%22404040%22%7D"
    )
    assert parse_color_map(unquote(encoded)) == GUIDE


def test_values_are_in_numeric_order() -> None:
    encoded = explicit_color_map({10: "fff", 9: "fff", -1: "fff", -10: "fff", 2**63: "fff"})
    values = re.findall(r'"(-?\d+)":', unquote(encoded))
    assert values == ["-10", "-1", "9", "10", "9223372036854775808"]


def test_a_colour_that_is_not_opaque_is_a_list() -> None:
    assert unquote(explicit_color_map({1: "ff000080"})) == '{"1":[255,0,0,128]}'
    assert parse_color_map('{"1":[255,0,0,128]}') == {1: (255, 0, 0, 128)}


@pytest.mark.parametrize(
    "text",
    [
        '{"0": "#99D594"}',
        '{ "0" : [153, 213, 148] }',
        '{"0.0": [153.0, 213, 148, 255]}',
        '{"\\u0030": "99d594ff"}',
        '{"+0": "99d594"}',
        '\n{"-0": "99d594"}\t',
    ],
)
def test_json_of_another_make_is_read(text: str) -> None:
    assert parse_color_map(text) == {0: "99d594"}


@pytest.mark.parametrize(
    ("color_map", "fault"),
    [
        ({}, "{} is empty"),
        ({1: "red"}, "pixel value 1: 'red' is no colour"),
        ({1: None}, "pixel value 1: None is no colour"),
        ({1: (1, 2, 256)}, "pixel value 1: 256 in (1, 2, 256) is no colour"),
        ({1.5: "fff"}, "the pixel value 1.5 is not an integer"),
        ({float("nan"): "fff"}, "the pixel value nan is not an integer"),
        ({float("inf"): "fff"}, "the pixel value inf is not an integer"),
        ({1e300: "fff"}, "the pixel value 1e+300 is not an integer"),
        ({float(2**53): "fff"}, "the pixel value 9007199254740992.0 is not an integer"),
        ({True: "fff"}, "the pixel value True is not an integer"),
        ({None: "fff"}, "the pixel value None is not an integer"),
        ({(1, 2): "fff"}, "the pixel value (1, 2) is not an integer"),
        ({Fraction(1, 2): "fff"}, "the pixel value Fraction(1, 2) is not an integer"),
        ({"1.5": "fff"}, "the pixel value '1.5' is not an integer"),
        ({"1e3": "fff"}, "the pixel value '1e3' is not an integer"),
        ({"0x10": "fff"}, "the pixel value '0x10' is not an integer"),
        ({" 1": "fff"}, "the pixel value ' 1' is not an integer"),
        ({"1_0": "fff"}, "the pixel value '1_0' is not an integer"),
        ({"\u0661": "fff"}, "the pixel value '\u0661' is not an integer"),
        ({"": "fff"}, "the pixel value '' is not an integer"),
        ({"9" * 5000: "fff"}, "is not an integer"),
        ({2**64: "fff"}, "the pixel value 18446744073709551616 is outside of the 64-bit integers"),
        ({-(2**63) - 1: "fff"}, "the pixel value -9223372036854775809 is outside"),
        ({1: "fff", "1": "000"}, "the pixel value 1 has more than one colour: '1'"),
        ({1: "fff", "01.0": "000"}, "the pixel value 1 has more than one colour: '01.0'"),
        ([(1, "fff")], "[(1, 'fff')] is no mapping"),
        ("fff", "'fff' is no mapping"),
        (None, "None is no mapping"),
    ],
)
def test_bad_input_is_refused_by_its_name(color_map: Any, fault: str) -> None:
    with pytest.raises(CategoricalError, match=re.escape(fault)):
        explicit_color_map(color_map)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "'' is no JSON"),
        ("{", "'{' is no JSON"),
        ("[" * 5000, "is no JSON"),
        ('["fff"]', "is no JSON object"),
        ("null", "is no JSON object"),
        ('{"0":"fff","0":"000"}', "the pixel value 0 has more than one colour"),
        ('{"0":"fff","0.0":"fff"}', "the pixel value 0 has more than one colour: '0.0'"),
        ('{"0":{}}', "pixel value 0: [] is no colour"),
        ('{"0":{"r":1,"g":2,"b":3}}', "pixel value 0: "),
        ('{"0":[NaN,0,0]}', "pixel value 0: nan in"),
        ('{"0":[1e999,0,0]}', "pixel value 0: inf in"),
        ('{"0":[true,0,0]}', "pixel value 0: True in"),
        ('{"0":null}', "pixel value 0: None"),
        ('{"water":"fff"}', "the pixel value 'water' is not an integer"),
    ],
)
def test_bad_json_is_refused_by_its_name(text: str, fault: str) -> None:
    with pytest.raises(CategoricalError, match=re.escape(fault)):
        parse_color_map(text)
