"""The SVG legend shows every class, reads on any page, and says in words what it shows."""

from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from categorical.classes import Class
from categorical.colors import Color
from categorical.legend import Legend, make_legend
from categorical.legend_svg import to_svg

SVG = "{http://www.w3.org/2000/svg}"
CLASSES = (
    Class(0, "land", "Clear land", Color(0x99, 0xD5, 0x94)),
    Class(1, "water", 'Wasser </text><script>alert("1")</script> & 水', Color(0, 0, 255, 51)),
)


def draw(legend: Legend, most: int = 256) -> Element:
    return fromstring(to_svg(legend, most))


def texts(svg: Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


def test_title_and_labels_are_written_as_they_are() -> None:
    svg = draw(make_legend("S2 / <2018>", CLASSES))
    assert texts(svg) == ["S2 / <2018>", *(item.label for item in CLASSES)]
    assert not list(svg.iter(f"{SVG}script"))


def test_swatches_have_the_colours_and_their_opacity() -> None:
    _, *swatches = draw(make_legend("title", CLASSES)).iter(f"{SVG}rect")
    assert [(item.get("fill"), item.get("fill-opacity")) for item in swatches] == [
        ("#99D594", None),
        ("#0000FF", "0.200"),
    ]


def test_a_screen_reader_hears_title_and_labels() -> None:
    svg = draw(make_legend("S2", CLASSES))
    named = {element.get("id"): element.text or "" for element in svg}
    assert svg.get("role") == "img"
    title, description = (named[name] for name in (svg.get("aria-labelledby") or "").split())
    assert title == "Legend: S2"
    assert all(item.label in description for item in CLASSES)


def test_dark_text_stands_on_an_opaque_light_card_that_is_as_large_as_the_picture() -> None:
    svg = draw(make_legend("title", CLASSES))
    card = next(svg.iter(f"{SVG}rect"))
    assert card.get("fill-opacity") is None
    assert float(card.get("width", 0)) == float(svg.get("width", 0)) - 1
    assert float(card.get("height", 0)) == float(svg.get("height", 0)) - 1
    ink = {element.get("fill") for element in svg.iter(f"{SVG}text")}
    assert contrast(*ink, card.get("fill")) >= 7  # type: ignore[arg-type]


def contrast(*colors: str) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio"""
    dark, light = sorted(luminance(bytes.fromhex(color[1:])) for color in colors)
    return (light + 0.05) / (dark + 0.05)


def luminance(rgb: bytes) -> float:
    linear = [(c / 255 + 0.055) / 1.055 if c > 10 else c / 255 / 12.92 for c in rgb]
    shares = zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    return sum(share * channel**2.4 for share, channel in shares)


@pytest.mark.parametrize(("count", "most"), [(0, 5), (5, 5), (65_536, 5)])
def test_the_picture_is_bounded(count: int, most: int) -> None:
    classes = [Class(i, f"c{i}", f"class {i}", Color(0, 0, 0)) for i in range(count)]
    svg = draw(make_legend("title", classes), most)
    assert len(list(svg.iter(f"{SVG}rect"))) - 1 == min(count, most)
    last = texts(svg)[-1]
    assert last == ("no classes" if not count else "class 4" if count == 5 else last)
    assert ("65,531 more" in last) == (count > most)


def test_all_text_lies_within_the_picture() -> None:
    classes = [Class(1, "a", "ein sehr langer Name " * 20), Class(2, "b", "字" * 500)]
    svg = draw(make_legend("a long title " * 30, classes))
    width, height = float(svg.get("width", 0)), float(svg.get("height", 0))
    assert width < 1200
    for element in svg.iter(f"{SVG}text"):
        assert 0 < float(element.get("x", 0)) < width
        assert 0 < float(element.get("y", 0)) < height
