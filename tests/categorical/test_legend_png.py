"""The PNG legend shows every class in its colour, with a label in letters that the font has."""

import io

import numpy as np
from PIL import Image

from categorical.classes import Class
from categorical.colors import Color
from categorical.legend import make_legend
from categorical.legend_png import to_png

GREEN, BLUE = Color(0x99, 0xD5, 0x94), Color(0, 0, 255, 51)


def draw(*classes: Class, most: int = 256) -> Image.Image:
    return Image.open(io.BytesIO(to_png(make_legend("title", classes), most)))


def colors(image: Image.Image) -> dict[tuple[int, ...], int]:
    found = image.convert("RGBA").getcolors(1 << 20)
    assert found is not None
    return {color: count for count, color in found if isinstance(color, tuple)}


def label(text: str) -> bytes:
    """The pixels of a legend with this one label."""
    return draw(Class(1, "name", text, GREEN)).tobytes()


def test_a_swatch_for_each_class_blended_with_the_card() -> None:
    found = colors(draw(Class(0, "a", "land", GREEN), Class(1, "b", "water", BLUE)))
    assert found[(*GREEN[:3], 255)] == found[(204, 204, 255, 255)] == 14 * 14


def test_the_card_is_opaque_and_light_with_dark_text() -> None:
    found = colors(draw(Class(0, "a", "land", GREEN)))
    assert all(alpha == 255 for *_, alpha in found)
    assert max(found, key=lambda color: found[color]) == (255, 255, 255, 255)
    assert any(max(color[:3]) < 40 for color in found)


def test_latin_greek_and_cyrillic_letters_are_drawn() -> None:
    assert label("Gewässer") != label("Gewasser")
    assert len({label(text) for text in ("Ł", "L", "Δ", "Θ", "Л", "Ж")}) == 6


def test_other_scripts_are_written_in_latin_letters() -> None:
    assert label("\u6c34") == label("Shui ")
    assert label("\U0001f30a") == label("?")


def test_the_picture_is_bounded() -> None:
    many = [Class(i, f"c{i}", f"class {i}", Color(9, 9, 9)) for i in range(5_000)]
    assert draw(*many, most=10).height < 320
    assert draw(Class(1, "a", "word " * 100)).width < 600


def test_an_empty_legend_is_a_picture_too() -> None:
    assert np.asarray(draw()).min() < 60
