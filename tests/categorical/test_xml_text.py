"""Any text gets through XML, but for what XML cannot write."""

from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from categorical.xml_text import xml_attribute, xml_text

# Line ends and tabs in attributes become spaces when read: labels have none.
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))


@given(TEXT)
def test_what_is_written_is_read(text: str) -> None:
    element = fromstring(f"<a b={xml_attribute(text)}>{xml_text(text)}</a>")
    assert (element.text or "", element.get("b")) == (text, text)


@given(st.text())
def test_any_text_gives_well_formed_xml(text: str) -> None:
    fromstring(f"<a b={xml_attribute(text)}>{xml_text(text)}</a>")


def test_what_xml_cannot_write_is_replaced() -> None:
    assert xml_text("a\0b\ufffe<") == "a\ufffdb\ufffd&lt;"
