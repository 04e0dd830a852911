"""Every value finds its class, in any data type."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from categorical.classes import Class
from handler.areas.class_index import ClassIndex

DTYPES = [
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "uint64",
    "int64",
    "float32",
    "float64",
]


def index(values: list[int], nodata: float | None = None) -> ClassIndex:
    return ClassIndex([Class(value, f"c{value}", f"class {value}") for value in values], nodata)


def plainly(wanted: list[int], nodata: float | None, pixels: NDArray[np.generic]) -> list[int]:
    """The same, one by one and in Python's exact numbers."""
    others = {nodata: len(wanted) + 1}
    known = {float(value): number for number, value in enumerate(wanted)}
    exact = dict(zip(wanted, range(len(wanted)), strict=True))
    lookup = known if pixels.dtype.kind == "f" else exact
    return [lookup.get(p, others.get(p, len(wanted))) for p in pixels.tolist()]


@pytest.mark.parametrize("dtype", DTYPES)
@given(data=st.data())
def test_every_value_finds_its_class(dtype: str, data: st.DataObject) -> None:
    low, high = (-100, 100) if dtype.startswith("float") else limits(dtype)
    numbers = st.integers(low, high)
    wanted = data.draw(st.lists(numbers, unique=True, max_size=20))
    nodata = data.draw(st.none() | numbers)
    others = data.draw(st.lists(numbers, max_size=20))
    pixels = np.array([*wanted, *others, *([] if nodata is None else [nodata])], dtype)
    assert index(wanted, nodata).of(pixels).tolist() == plainly(wanted, nodata, pixels)


def limits(dtype: str) -> tuple[int, int]:
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)


def test_a_class_goes_before_nodata() -> None:
    assert index([7], nodata=7).of(np.array([7, 8], np.uint8)).tolist() == [0, 1]


def test_numbers_beyond_the_data_type_are_nowhere() -> None:
    found = index([-1, 256, 255], nodata=-9999).of(np.array([255, 0], np.uint8))
    assert found.tolist() == [2, 3]


def test_what_is_no_number_is_no_data() -> None:
    pixels = np.array([np.nan, 1.5, 1.0, np.inf], np.float32)
    for nodata in (None, float("nan"), 0.0):
        assert index([1], nodata).of(pixels).tolist() == [2, 1, 0, 1]


def test_the_shape_is_kept() -> None:
    assert index([1]).of(np.ones((3, 4), np.int32)).shape == (3, 4)
