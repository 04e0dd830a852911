"""rio-tiler without any server: a reader's tile, rendered with a colour map.

A URL is titiler's: `.../z/x/y.png?url=RASTER&colormap=JSON`.
"""

import json
from collections.abc import Callable
from functools import cache
from urllib.parse import parse_qs, urlsplit

from rio_tiler.io import Reader

Colors = dict[int, tuple[int, ...]]


def opened_each_time(url: str) -> Callable[[], bytes]:
    """The tile from a file opened for it alone, as titiler does."""
    path, colors, x, y, z = _parse(url)

    def tile() -> bytes:
        with Reader(path) as reader:
            return _png(reader, colors, x, y, z)

    return tile


def kept_open(url: str) -> Callable[[], bytes]:
    """The tile from a file opened once."""
    path, colors, x, y, z = _parse(url)
    return lambda: _png(_reader(path), colors, x, y, z)


def _png(reader: Reader, colors: Colors, x: int, y: int, z: int) -> bytes:
    image = reader.tile(x, y, z, resampling_method="nearest", reproject_method="nearest")
    return bytes(image.render(img_format="PNG", colormap=colors))


@cache
def _reader(path: str) -> Reader:
    return Reader(path)


def _parse(url: str) -> tuple[str, Colors, int, int, int]:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    z, x, y = (int(part) for part in parts.path.removesuffix(".png").split("/")[-3:])
    return query["url"][0], _colors(query["colormap"][0]), x, y, z


@cache
def _colors(text: str) -> Colors:
    """A caller keeps its colour map between tiles."""
    return {int(value): tuple(color) for value, color in json.loads(text).items()}
