from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categorical.errors import InvalidKeyValue
from categorical.keys import check_key_value


@pytest.mark.parametrize(
    "value",
    [
        "categorical",
        "S2",
        "cloud mask",
        "2018-10-10",
        "a.b",
        "...",
        "a+b&c=d;e",
        "Äcker",
        "森",
        "{z}",
    ],
)
def test_a_value_that_a_path_can_carry_is_given_back(value: str) -> None:
    assert check_key_value(value) == value


@pytest.mark.parametrize("char", [*"/?#%\\", "\0", "\n", "\x1f", "\x7f", "\x85", "\ud800"])
def test_a_character_that_no_path_keeps_is_named(char: str) -> None:
    with pytest.raises(InvalidKeyValue) as caught:
        check_key_value(f"a{char}b")
    assert repr(char) in str(caught.value)
    assert caught.value.code == "invalid_key_value"


@pytest.mark.parametrize("value", [" a", "a ", "\ta", "a\u00a0", "\u3000a", " "])
def test_space_at_an_end_is_refused(value: str) -> None:
    with pytest.raises(InvalidKeyValue, match="begins or ends with a space"):
        check_key_value(value)


@pytest.mark.parametrize("value", [".", ".."])
def test_steps_that_browsers_resolve_are_refused(value: str) -> None:
    with pytest.raises(InvalidKeyValue, match="path step"):
        check_key_value(value)


@pytest.mark.parametrize("value", ["", None, 20181010, b"S2", ["S2"]])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(InvalidKeyValue):
        check_key_value(value)  # type: ignore[arg-type]


@given(st.text())
def test_what_passes_survives_two_decodings_and_one_split(value: str) -> None:
    """As API Gateway and Zappa treat a path; what does not survive must be refused."""
    try:
        check_key_value(value)
    except InvalidKeyValue:
        return
    path = f"/singleband/{quote(value, safe='')}/0/0/0.png"
    assert unquote(unquote(path)).split("/") == ["", "singleband", value, "0", "0", "0.png"]
