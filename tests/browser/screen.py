"""What is on the screen, compared with what the raster says should be there."""

import io
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tests.browser.rasters import SIDE, ZOOM, Pixels, color_of

if TYPE_CHECKING:
    from playwright.sync_api import Locator

PATIENCE = 20.0  # seconds; a map that is right is right much sooner


def colors_of(element: "Locator") -> Pixels:
    """The pixels of an element, height x width x RGB."""
    picture = Image.open(io.BytesIO(element.screenshot(animations="disabled")))
    return np.asarray(picture.convert("RGB"))


def rgb(digits: str) -> tuple[int, ...]:
    """Red, green, blue of six hex digits."""
    return tuple(bytes.fromhex(digits))


def expected_values(pixels: Pixels, zoom: int, width: int, height: int) -> Pixels:
    """The raster's values under a view of this size around its middle; -1 outside.

    Each pixel of the screen shows the pixel of the raster in which its centre lies.
    """
    scale = 2.0 ** (zoom - ZOOM)

    def places(size: int) -> Pixels:
        return np.floor((np.arange(size) + 0.5 - size / 2) / scale + SIDE / 2).astype(int)

    rows, columns = np.meshgrid(places(height), places(width), indexing="ij")
    inside = (rows >= 0) & (rows < SIDE) & (columns >= 0) & (columns < SIDE)
    values = pixels[rows.clip(0, SIDE - 1), columns.clip(0, SIDE - 1)].astype(int)
    return np.where(inside, values, -1)


def wrong_share(screen: Pixels, values: Pixels, hidden: dict[int, str] | None = None) -> float:
    """The share of the screen's pixels, of those in the raster, with another colour than expected.

    `hidden` are colours of values that are not drawn as such.
    """
    known = {value: rgb(color_of(value)) for value in np.unique(values) if value >= 0}
    known |= {value: rgb(color) for value, color in (hidden or {}).items()}
    table = np.zeros((max(known) + 1, 3), "uint8")
    for value, color in known.items():
        table[value] = color
    inside = values >= 0
    return float((screen[inside] != table[values[inside]]).any(axis=-1).mean())


def eventually(measure: Callable[[], float], limit: float = 0.0) -> float:
    """The measure once it is within the limit, or the last one when patience is at an end."""
    deadline = time.monotonic() + PATIENCE
    while (found := measure()) > limit and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
