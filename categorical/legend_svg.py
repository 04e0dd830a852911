"""The legend as SVG, with the same in words for those who do not see it."""

from unicodedata import east_asian_width

from categorical.colors import Color
from categorical.legend import Legend
from categorical.legend_layout import (
    BACKGROUND,
    FRAME,
    INK,
    SWATCH,
    TEXT_SIZE,
    TITLE_SIZE,
    Layout,
    Line,
    Swatch,
    lay_out,
)
from categorical.xml_text import xml_text

_FONTS = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif"
# Nobody knows the reader's font: widths, in parts of its size, of what is broad in any.
_BROAD, _WIDE = 0.62, 1.05


def to_svg(legend: Legend, most: int = 256) -> str:
    """An SVG document with a line for each of the first `most` classes.

    Its `title` and `desc` say what it shows; labels are escaped.
    """
    layout = lay_out(legend, _estimate, most)
    labels = ", ".join(entry.label for entry in legend.entries[:most])
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{layout.width}" '
            f'height="{layout.height}" viewBox="0 0 {layout.width} {layout.height}" role="img" '
            f'aria-labelledby="title description" font-family="{_FONTS}">',
            f'<title id="title">Legend: {xml_text(legend.title)}</title>',
            f'<desc id="description">{xml_text(labels)}</desc>',
            _card(layout),
            *(_text(line, TITLE_SIZE, ' font-weight="600"') for line in layout.title),
            *map(_swatch, layout.swatches),
            *(_text(line, TEXT_SIZE) for line in layout.labels),
            "</svg>",
        ]
    )


def _estimate(text: str, size: int) -> float:
    return size * sum(_WIDE if east_asian_width(char) in "WF" else _BROAD for char in text)


def _card(layout: Layout) -> str:
    return (
        f'<rect x="0.5" y="0.5" width="{layout.width - 1}" height="{layout.height - 1}" rx="4" '
        f'fill="#{BACKGROUND.hex}" stroke="#{FRAME.hex}"/>'
    )


def _swatch(swatch: Swatch) -> str:
    return (
        f'<rect x="{swatch.x + 0.5}" y="{swatch.y + 0.5}" width="{SWATCH - 1}" '
        f'height="{SWATCH - 1}" fill="#{swatch.color.hex}"{_opacity(swatch.color)} '
        f'stroke="#{FRAME.hex}"/>'
    )


def _opacity(color: Color) -> str:
    return "" if color.alpha == 255 else f' fill-opacity="{color.alpha / 255:.3f}"'


def _text(line: Line, size: int, more: str = "") -> str:
    return (
        f'<text x="{line.x}" y="{line.y}" font-size="{size}" fill="#{INK.hex}"{more}>'
        f"{xml_text(line.text)}</text>"
    )
