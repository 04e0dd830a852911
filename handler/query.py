"""What a tile's query string asks for, parsed once: every tile of a map has the same one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import terracotta
from flask import Request
from terracotta.server.singleband import SinglebandOptionSchema

from categorical.errors import shown
from handler.cache import Cache
from handler.coloring import Coloring, color_values
from handler.colormap import parse_color_map
from handler.errors import InvalidParameter
from handler.settings import Settings

Size = tuple[int, int]  # width and height in pixels
Query = TypeVar("Query")


@dataclass(frozen=True)
class SinglebandQuery:
    """`coloring` is None unless colours were given explicitly: then Terracotta answers."""

    coloring: Coloring | None
    size: Size
    version: str | None


@dataclass(frozen=True)
class CategoricalQuery:
    """`show` are the labels of the classes to draw; () stands for all."""

    show: tuple[str, ...]
    size: Size
    version: str | None


class Queries(Generic[Query]):
    """Parsed query strings by their raw bytes, so that the next tile parses nothing."""

    def __init__(self, parse: Callable[[Request, Settings], Query], settings: Settings) -> None:
        self._parse, self._settings = parse, settings
        self._parsed: Cache[bytes, Query] = Cache(settings.max_color_maps)

    def read(self, request: Request) -> Query:
        """What the query string of `request` asks for. Raises InvalidParameter."""
        raw = request.query_string
        parsed = self._parsed.get(raw)
        if parsed is None:
            parsed = self._parsed.put(raw, self._parse(request, self._settings))
        return parsed


def parse_singleband(request: Request, settings: Settings) -> SinglebandQuery:
    """The parameters of Terracotta's /singleband, for `colormap=explicit` only."""
    args = request.args
    colors = args.get("explicit_color_map")
    size = parse_size(args.get("tile_size"), settings.max_tile_size)
    version = args.get("v")
    if args.get("colormap") != "explicit":
        if colors:
            raise InvalidParameter("explicit_color_map needs colormap=explicit beside it")
        return SinglebandQuery(None, size, version)
    if not colors:
        raise InvalidParameter("colormap=explicit needs explicit_color_map beside it")
    # Ignored beside explicit colours, but Terracotta refuses them if they are malformed.
    SinglebandOptionSchema(only=("stretch_range", "color_transform")).load(args)
    coloring = color_values(parse_color_map(colors, settings.max_colors))
    return SinglebandQuery(coloring, size, version)


def parse_categorical(request: Request, settings: Settings) -> CategoricalQuery:
    """The parameters of /categorical: `show` (repeatable), `tile_size`, `v`."""
    args = request.args
    return CategoricalQuery(
        show=tuple(sorted(set(args.getlist("show")))),
        size=parse_size(args.get("tile_size"), settings.max_tile_size),
        version=args.get("v"),
    )


def parse_size(text: str | None, largest: int) -> Size:
    """Width and height from JSON such as `[512, 512]`, which Terracotta takes for rows and columns.

    Its default where there is none. Raises InvalidParameter.
    """
    if text is None:
        rows, columns = terracotta.get_settings().DEFAULT_TILE_SIZE
        return columns, rows
    try:
        rows, columns = (int(side) for side in json.loads(text))
    except (ValueError, TypeError, OverflowError, RecursionError):
        rows = columns = 0
    if 1 <= rows <= largest and 1 <= columns <= largest:
        return columns, rows
    raise InvalidParameter(
        f"tile_size is {shown(text)}: give two whole numbers up to {largest:,}, such as [256,256]"
    )
