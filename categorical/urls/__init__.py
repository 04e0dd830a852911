"""Tile URLs that survive API Gateway, browsers and map libraries; built, and read back.

API Gateway answers 400 to a raw `{`, `}` or `|` before Lambda sees the request, and browsers leave
some of them raw. So everything in a component is encoded but `A-Z a-z 0-9 - _ . ~`, once, by
`quote_component`. What stays literal is the `{z}/{x}/{y}` of a template, which map libraries fill
in before they send it. `python -m categorical.urls --help` does the same by hand, and
`handler/static/categorical.js` gives the same bytes in the browser.
"""

from categorical.urls.builder import EDGE_BYTES, REGIONAL_BYTES, categorical_url, singleband_url
from categorical.urls.colormaps import explicit_color_map
from categorical.urls.components import quote_component
from categorical.urls.parser import TileURL, parse_url
from categorical.urls.tiles import Tile

__all__ = [
    "EDGE_BYTES",
    "REGIONAL_BYTES",
    "Tile",
    "TileURL",
    "categorical_url",
    "explicit_color_map",
    "parse_url",
    "quote_component",
    "singleband_url",
]
