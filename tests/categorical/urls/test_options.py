import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from categorical.errors import InvalidURL
from categorical.urls.options import Scalar, check_option_name, read_option, write_option

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(1 - 2**53, 2**53 - 1) | st.floats(1 - 2**53, 2**53 - 1)
scalars = numbers | st.booleans()


@given(scalars | st.lists(scalars | texts | st.none()).map(tuple))
def test_numbers_and_lists_come_back(value: Scalar | tuple[Scalar, ...]) -> None:
    assert read_option(write_option(value)) == value


@given(texts)
def test_text_is_written_as_it_is(text: str) -> None:
    assert write_option(text) == text


@given(texts)
def test_whatever_comes_back_is_written_the_same(text: str) -> None:
    assert write_option(read_option(text)) == text


@given(scalars | st.lists(scalars | texts | st.none()))
def test_what_is_written_is_json_of_the_value(value: Scalar | list[Scalar]) -> None:
    assert json.loads(write_option(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((512, 512), "[512,512]"),
        ([0, None], "[0,null]"),
        (["p2", "p98"], '["p2","p98"]'),
        (np.int64(5), "5"),
        (1.0, "1"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (0.000001, "0.000001"),
        (0.0000015, "0.0000015"),
        (1e-7, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (5e-324, "5e-324"),
        (123456789.125, "123456789.125"),
        (True, "true"),
        ("gamma 1 1.5", "gamma 1 1.5"),
        (['\x00\n"\\ä\u2028\x7f'], '["\\u0000\\n\\"\\\\ä\u2028\x7f"]'),
        ([], "[]"),
    ],
)
def test_known_values(value: Scalar | list[Scalar], text: str) -> None:
    assert write_option(value) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "007",
        "1.0",
        "+1",
        "[1, 2]",
        "[[1]]",
        '"a"',
        "null",
        "{}",
        "NaN",
        "1e400",
        '["\\u0041"]',
        "9007199254740993",
        "[" * 9000,
    ],
)
def test_text_that_is_no_canonical_value_comes_back_as_text(text: str) -> None:
    assert read_option(text) == text


@pytest.mark.parametrize(
    "value",
    [
        None,
        math.nan,
        math.inf,
        2**53,
        -1e16,
        {"a": 1},
        {1},
        b"a",
        object(),
        [[1]],
        [math.nan],
        ["\ud800"],
        [{}],
    ],
)
def test_what_has_no_one_text_is_refused(value: object) -> None:
    with pytest.raises(InvalidURL):
        write_option(value)


@pytest.mark.parametrize("name", ["tile_size", "v", "_", "A1"])
def test_a_name_is_given_back(name: str) -> None:
    assert check_option_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1",
        "a b",
        "a=",
        "ä",
        "a\n",
        "colormap",
        "explicit_color_map",
        "tile",
        "max_bytes",
        "maxBytes",
    ],
)
def test_a_name_that_means_something_else_is_refused(name: str) -> None:
    with pytest.raises(InvalidURL, match=re.escape(repr(name))):
        check_option_name(name)
