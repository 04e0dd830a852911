"""What a tile URL was made of, also after browsers, proxies and clients have re-encoded it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from categorical.errors import InvalidURL, shown
from categorical.urls.colormaps import WrittenColor, parse_color_map
from categorical.urls.components import unquote_component
from categorical.urls.options import Option, check_option_name, read_option
from categorical.urls.parts import ROUTES, check_base, check_given, check_keys
from categorical.urls.tiles import Tile, parse_tile

_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class TileURL:
    """The arguments of `singleband_url` or `categorical_url` (`kind`), in the forms they write.

    `tile` is None for a template. A kind singleband has `colors`, six lower-case hex digits or RGBA
    where not opaque, and `options`; a kind categorical has `show` and `version`.
    """

    kind: str
    base: str
    keys: tuple[str, ...]
    tile: Tile | None = None
    colors: Mapping[int, WrittenColor] = field(default_factory=dict)
    options: Mapping[str, Option] = field(default_factory=dict)
    show: tuple[str, ...] = ()
    version: str | None = None


def parse_url(url: str) -> TileURL:
    """What `singleband_url` or `categorical_url` made `url` of.

    Also reads what was re-encoded on the way, as far as it has one meaning: raw `{`, `"` and `|`,
    lower-case escapes, `+` for a space in the query, an encoded `{z}`, other JSON, another order of
    the parameters. Raises InvalidURL for what has none: encoded twice, cut by a raw `#` or `;`, a
    `%` that begins no escape, a parameter given twice; and for all that could not go in.
    """
    path, _, query = _checked(url).partition("?")
    address = _read_path(path)
    parameters = list(_read_query(query))
    if address.kind == "singleband":
        return _with_colors(address, _once(parameters))
    return _with_labels(address, parameters)


def _checked(url: object) -> str:
    if not isinstance(url, str):
        raise InvalidURL(f"{shown(url)} is no URL")
    if _UNSENDABLE.search(url):
        raise InvalidURL(f"the URL {shown(url)} holds a control character or half a surrogate pair")
    if "#" in url:
        raise InvalidURL(f"the URL {shown(url)} holds a raw #, and nothing after it is sent")
    return url


def _read_path(path: str) -> TileURL:
    if "%25" in path:
        raise InvalidURL(f"{shown(path)} is encoded twice: it holds %25, and no key holds a %")
    raw = path.split("/")
    steps = [unquote_component(step) for step in raw]
    route = next((place for place, step in enumerate(steps) if step in ROUTES), None)
    if route is None or not steps[-1].endswith(".png"):
        raise InvalidURL(f"{shown(path)} is no /singleband/... or /categorical/... tile (.png)")
    return TileURL(
        kind=steps[route],
        base=check_base("/".join(raw[:route])),
        tile=parse_tile("/".join(steps[route + 1 :][-3:]).removesuffix(".png")),
        keys=check_keys(steps[route + 1 : -3]),
    )


def _read_query(query: str) -> Iterator[tuple[str, str]]:
    """The parameters, decoded; a `+` is a space, as every form decoder reads it."""
    if ";" in query:
        raise InvalidURL(f"the query {shown(query)} holds a raw ;, at which API Gateway splits it")
    for pair in filter(None, query.split("&")):
        name, _, text = pair.replace("+", " ").partition("=")
        yield unquote_component(name), unquote_component(text)


def _with_colors(address: TileURL, given: dict[str, str]) -> TileURL:
    colormap, colors = given.pop("colormap", None), given.pop("explicit_color_map", None)
    if colormap != "explicit" or colors is None:
        raise InvalidURL(f"colormap is {shown(colormap)}, explicit_color_map {shown(colors)}")
    if colors[:3].upper() == "%7B":
        raise InvalidURL(f"the colour map {shown(colors)} is encoded twice")
    options = {check_option_name(name): read_option(text) for name, text in given.items()}
    return replace(address, colors=parse_color_map(colors), options=options)


def _with_labels(address: TileURL, parameters: list[tuple[str, str]]) -> TileURL:
    labels = [check_given(text, "label") for name, text in parameters if name == "show"]
    given = _once((name, text) for name, text in parameters if name != "show")
    version = given.pop("v", None)
    if version is not None:
        check_given(version, "version")
    if given:
        raise InvalidURL(f"{shown(given)} is not among the parameters of a categorical tile")
    return replace(address, show=tuple(labels), version=version)


def _once(parameters: Iterable[tuple[str, str]]) -> dict[str, str]:
    once: dict[str, str] = {}
    for name, text in parameters:
        if name in once:
            raise InvalidURL(f"the parameter {shown(name)} is given more than once")
        once[name] = text
    return once
