import re
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from categorical.errors import InvalidURL
from categorical.urls.components import quote_component, unquote_component

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts)
@example("!*'();:@&=+$,/?#[]{}|\\^`<>\" %\0\x7f~-_.")
def test_the_standard_library_encodes_the_same(text: str) -> None:
    assert quote_component(text) == quote(text, safe="")


@given(texts)
def test_only_unreserved_characters_and_escapes_leave(text: str) -> None:
    assert re.fullmatch(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*", quote_component(text))


@given(texts)
def test_decoding_gives_the_text_back(text: str) -> None:
    assert unquote_component(quote_component(text)) == text


@given(texts)
def test_it_encodes_once_and_decodes_once(text: str) -> None:
    assert unquote_component(unquote_component(quote_component(quote_component(text)))) == text


@given(texts.filter(lambda text: "%" not in text))
def test_what_somebody_left_raw_stays(text: str) -> None:
    assert unquote_component(text) == unquote_component(quote(text, safe="{}|:,'")) == text


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("cloud shadow", "cloud%20shadow"),
        ("Äcker", "%C3%84cker"),
        ("🌲", "%F0%9F%8C%B2"),
        ("100%", "100%25"),
        ("%20", "%2520"),
        ("!*'()", "%21%2A%27%28%29"),
        ("", ""),
    ],
)
def test_known_components(text: str, encoded: str) -> None:
    assert quote_component(text) == encoded
    assert unquote_component(encoded) == text


def test_lower_case_escapes_are_read() -> None:
    assert unquote_component("%c3%84%7b") == "Ä{"


@pytest.mark.parametrize("value", [None, 2, b"a", ["a"], "a\ud800", "\udfff"])
def test_what_is_no_text_is_refused_by_its_name(value: object) -> None:
    with pytest.raises(InvalidURL, match=re.escape(repr(value))):
        quote_component(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["%", "100%", "%4", "%zz", "%%41", "%c3", "%C3%28", "%ED%A0%80", "%C0%AF", "%ff"]
)
def test_an_escape_without_a_meaning_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(InvalidURL, match=re.escape(repr(text))):
        unquote_component(text)
