"""Tile URLs: the long one that carries its colours, and the short one whose colours the API has."""

from collections.abc import Iterable

from categorical.errors import InvalidURL, URLTooLong, shown
from categorical.urls.colormaps import Colors, explicit_color_map
from categorical.urls.components import quote_component
from categorical.urls.options import Option, check_option_name, write_option
from categorical.urls.parts import check_base, check_given, check_keys, several
from categorical.urls.tiles import LONGEST, TEMPLATE, AnyTile, write_tile

# API Gateway's quotas for the length of a whole URL, for an edge-optimised and for a regional API:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
EDGE_BYTES = 8_192
REGIONAL_BYTES = 10_240


def singleband_url(
    base: str,
    keys: Iterable[str],
    colors: Colors,
    *,
    tile: AnyTile | None = None,
    max_bytes: int = EDGE_BYTES,
    **options: Option,
) -> str:
    """`BASE/singleband/KEYS/z/x/y.png?colormap=explicit&explicit_color_map=...`, in these `colors`.

    `base` is the API with its stage, `https://abc.execute-api.eu-west-1.amazonaws.com/prod`. `tile`
    is (z, x, y), or names these parts as `mercantile.Tile` does; without it the URL is a template
    with a literal `{z}/{x}/{y}`. `options` are Terracotta's further parameters, such as
    `tile_size=(512, 512)`, kept in their order. Raises URLTooLong past `max_bytes` for the whole
    URL, and InvalidURL, InvalidColor or InvalidKeyValue with the value at fault.
    """
    query = {
        "colormap": "explicit",
        "explicit_color_map": explicit_color_map(colors),
        **{check_option_name(name): _quoted(value) for name, value in options.items()},
    }
    url = _url(base, "singleband", keys, tile, [f"{name}={text}" for name, text in query.items()])
    return _short_enough(
        url, max_bytes, "the short way is /categorical/..., in registered colours (categorical_url)"
    )


def categorical_url(
    base: str,
    keys: Iterable[str],
    *,
    tile: AnyTile | None = None,
    show: Iterable[str] = (),
    version: str | None = None,
    max_bytes: int = EDGE_BYTES,
) -> str:
    """`BASE/categorical/KEYS/z/x/y.png`, in the registered colours.

    `show` are the labels of the classes to draw; without it all are drawn. `version` is the
    dataset's: a tile asked for by it may be kept for a year. The rest is as in `singleband_url`.
    """
    labels = several(show, "labels")
    query = [f"show={quote_component(check_given(label, 'label'))}" for label in labels]
    if version is not None:
        query.append(f"v={quote_component(check_given(version, 'version'))}")
    url = _url(base, "categorical", keys, tile, query)
    return _short_enough(url, max_bytes, "show fewer labels")


def _quoted(value: object) -> str:
    return quote_component(write_option(value))


def _url(base: object, route: str, keys: object, tile: AnyTile | None, query: Iterable[str]) -> str:
    values = [quote_component(value) for value in check_keys(keys)]
    path = "/".join([check_base(base), route, *values, write_tile(tile)])
    return "?".join(filter(None, [f"{path}.png", "&".join(query)]))


def _short_enough(url: str, max_bytes: int, remedy: str) -> str:
    """`url`, if it fits; a template has to fit with the longest tile address filled in."""
    if not isinstance(max_bytes, int) or max_bytes < 1:
        raise InvalidURL(f"max_bytes is {shown(max_bytes)}, not a number of bytes")
    length = len(url.replace(TEMPLATE, LONGEST))
    if length > max_bytes:
        raise URLTooLong(f"the URL has {length:,} bytes, more than {max_bytes:,}: {remedy}")
    return url
