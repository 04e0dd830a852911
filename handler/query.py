"""What a tile's query string asks for, parsed once: every tile of a map has the same one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import Request
from terracotta.server.singleband import SinglebandOptionSchema

from handler.cache import Cache
from handler.coloring import Coloring, color_values
from handler.colormap import parse_color_map
from handler.errors import InvalidParameter
from handler.parameters import Size, check_color_transform, parse_size
from handler.settings import Settings

Query = TypeVar("Query")

_IGNORED = ("stretch_range", "color_transform")


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
    check_color_transform(args.get("color_transform"))
    SinglebandOptionSchema().load({name: args[name] for name in _IGNORED if name in args})
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
