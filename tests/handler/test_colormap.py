"""explicit_color_map: what is a colour map, and what is wrong with what is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categorical.colors import Color
from handler.colormap import parse_color_map
from handler.errors import InvalidParameter

CHANNEL = st.integers(0, 255)


@pytest.mark.parametrize(
    ("text", "colors"),
    [
        ('{"0": "99d594"}', {0: Color(0x99, 0xD5, 0x94)}),
        ('{"0": "#99D594"}', {0: Color(0x99, 0xD5, 0x94)}),
        ('{"0": "#f80"}', {0: Color(255, 136, 0)}),
        ('{"0": "f808"}', {0: Color(255, 136, 0, 136)}),
        ('{"0": "99d59480"}', {0: Color(0x99, 0xD5, 0x94, 128)}),
        ('{"0": [1, 2, 3]}', {0: Color(1, 2, 3)}),
        ('{"0": [1, 2, 3, 4]}', {0: Color(1, 2, 3, 4)}),
        ('{"0": [1.0, 2, 3]}', {0: Color(1, 2, 3)}),
        ('{"-5": "000"}', {-5: Color(0, 0, 0)}),
        ('{"1.0": "000"}', {1: Color(0, 0, 0)}),
        ('{"1e2": "000"}', {100: Color(0, 0, 0)}),
        ('{"1.5": "000"}', {1.5: Color(0, 0, 0)}),
        ('{"9007199254740993": "000"}', {9007199254740993: Color(0, 0, 0)}),
        ('{"18446744073709551615": "000"}', {2**64 - 1: Color(0, 0, 0)}),
    ],
)
def test_all_forms_of_colours_and_values(text: str, colors: dict[int | float, Color]) -> None:
    assert parse_color_map(text, 10) == colors


@given(
    st.dictionaries(
        st.integers(-(2**63), 2**64 - 1), st.tuples(CHANNEL, CHANNEL, CHANNEL, CHANNEL), min_size=1
    )
)
def test_every_map_of_integers_comes_through(colors: dict[int, tuple[int, int, int, int]]) -> None:
    text = json.dumps({str(value): color for value, color in colors.items()})
    assert parse_color_map(text, 1000) == {value: Color(*it) for value, it in colors.items()}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"7": null}', "'7'"),
        ('{"7": NaN}', "'7'"),
        ('{"7": 1e999}', "'7'"),
        ('{"7": true}', "'7'"),
        ('{"7": 12}', "'7'"),
        ('{"7": ""}', "'7'"),
        ('{"7": "red"}', "'7'"),
        ('{"7": "12345"}', "'7'"),
        ('{"7": "##fff"}', "'7'"),
        ('{"7": []}', "'7'"),
        ('{"7": [1, 2]}', "'7'"),
        ('{"7": [1, 2, 3, 4, 5]}', "'7'"),
        ('{"7": [1, 2, 256]}', "'7'"),
        ('{"7": [1, 2, -1]}', "'7'"),
        ('{"7": [1, 2, 2.5]}', "'7'"),
        ('{"7": [1, 2, "3"]}', "'7'"),
        ('{"7": [1, 2, true]}', "'7'"),
        ('{"7": [1, 2, null]}', "'7'"),
        ('{"7": [1, 2, NaN]}', "'7'"),
        ('{"7": [1, 2, 1e999]}', "'7'"),
        ('{"7": [1, 2, [3]]}', "'7'"),
        ('{"7": [1, 2, {"a": 3}]}', "'7'"),
        ('{"7": {"red": 1}}', "'7'"),
        ('{"NaN": "fff"}', "'NaN'"),
        ('{"Infinity": "fff"}', "'Infinity'"),
        ('{"1e999": "fff"}', "'1e999'"),
        ('{"": "fff"}', "''"),
        ('{"water": "fff"}', "'water'"),
        ('{"1_0": "fff"}', "'1_0'"),
        ('{"0x1": "fff"}', "'0x1'"),
        ('{" 1": "fff"}', "' 1'"),
        ('{"\u0661": "fff"}', "'\u0661'"),
        ('{"\\ud800": "fff"}', "'\\ud800'"),
        ('{"1": "fff", "1": "000"}', "'1'"),
        ('{"1": "fff", "1.0": "000"}', "'1.0'"),
        ('{"1.0": "fff", "1": "fff"}', "'1'"),
        ('{"0": "fff", "-0": "fff"}', "'-0'"),
        ('{"100": "fff", "1e2": "fff"}', "'1e2'"),
        ('{"1.5": "fff", "1.50": "fff"}', "'1.50'"),
    ],
)
def test_the_entry_at_fault_is_named(text: str, named: str) -> None:
    with pytest.raises(InvalidParameter) as error:
        parse_color_map(text, 10)
    assert named in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "nonsense", "null", "1", "[]", "{}", '"fff"', "NaN", '[["0", "fff"]]'),
        *("[" * 100_000, '{"a":' * 100_000, '{"0": ' + "1" * 5000 + "}"),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_colour_map_at_all(text: str) -> None:
    with pytest.raises(InvalidParameter, match="explicit_color_map"):
        parse_color_map(text, 10)


def test_no_more_entries_than_allowed() -> None:
    text = json.dumps({str(value): "fff" for value in range(10_000)})
    assert len(parse_color_map(text, 10_000)) == 10_000
    with pytest.raises(InvalidParameter, match="10,000 entries, more than 4,096"):
        parse_color_map(text, 4096)
