"""QGIS layer styles, `.qml`: https://docs.qgis.org/latest/en/docs/user_manual/appendices/

A paletted renderer for the first band. Pixels are never interpolated, and classes that QGIS does
not find in the palette are transparent.
"""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from categorical.classes import Class
from categorical.xml_text import to_document, xml_chars


def to_qgis_style(classes: Iterable[Class]) -> bytes:
    """The style, with value, label, colour and opacity of each class."""
    style = Element("qgis", version="3.28", styleCategories="Symbology")
    pipe = SubElement(style, "pipe")
    renderer = SubElement(
        pipe, "rasterrenderer", type="paletted", band="1", opacity="1", alphaBand="-1"
    )
    palette = SubElement(renderer, "colorPalette")
    for item in classes:
        color = item.drawn_color
        SubElement(
            palette,
            "paletteEntry",
            value=str(item.value),
            color=f"#{color.hex.lower()}",
            alpha=str(color.alpha),
            label=xml_chars(item.label),
        )
    SubElement(pipe, "rasterresampler", maxOversampling="1")  # neither smoothes nor averages
    return to_document(style)
