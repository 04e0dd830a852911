"""The legend as PNG, for what shows no SVG. Imports Pillow: only where a PNG is wanted."""

import io
from functools import lru_cache
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFont
from text_unidecode import unidecode

from categorical.colors import Color
from categorical.legend import Legend
from categorical.legend_layout import (
    BACKGROUND,
    FRAME,
    INK,
    SWATCH,
    TEXT_SIZE,
    TITLE_SIZE,
    Line,
    Swatch,
    lay_out,
)

# Pillow's own font has hardly more than ASCII; this one has Latin, Greek and Cyrillic.
_FONT = files("font_source_sans_pro") / "files" / "SourceSansPro-Regular.ttf"
_NO_CHARACTER = "\ufffe"  # Unicode says that it never will be one


def to_png(legend: Legend, most: int = 256) -> bytes:
    """A PNG with a line for each of the first `most` classes.

    Characters that the font lacks, such as Chinese or Arabic, are written in Latin letters.
    """
    layout = lay_out(legend, lambda text, size: _font(size).getlength(_drawable(text)), most)
    image = Image.new("RGB", (layout.width, layout.height), BACKGROUND[:3])
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, layout.width - 1, layout.height - 1), outline=FRAME[:3])
    for line in layout.title:
        _write(draw, line, TITLE_SIZE)
    for line in layout.labels:
        _write(draw, line, TEXT_SIZE)
    for swatch in layout.swatches:
        _paint(draw, swatch)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _write(draw: ImageDraw.ImageDraw, line: Line, size: int) -> None:
    text = _drawable(line.text)
    draw.text((line.x, line.y), text, fill=INK[:3], font=_font(size), anchor="ls")


def _paint(draw: ImageDraw.ImageDraw, swatch: Swatch) -> None:
    box = (swatch.x, swatch.y, swatch.x + SWATCH - 1, swatch.y + SWATCH - 1)
    draw.rectangle(box, fill=_on_card(swatch.color), outline=FRAME[:3])


def _on_card(color: Color) -> tuple[int, int, int]:
    """The colour as it looks where the card shines through."""
    share = color.alpha / 255
    red, green, blue = (
        round(share * own + (1 - share) * below)
        for own, below in zip(color[:3], BACKGROUND[:3], strict=True)
    )
    return red, green, blue


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), size, layout_engine=ImageFont.Layout.BASIC)


def _drawable(text: str) -> str:
    return "".join(char if _has(char) else unidecode(char) or "?" for char in text)


@lru_cache(maxsize=4096)
def _has(char: str) -> bool:
    """Whether the font has the character, which it otherwise draws as it draws none."""
    font = _font(TEXT_SIZE)
    return char.isspace() or bytes(font.getmask(char)) != bytes(font.getmask(_NO_CHARACTER))
