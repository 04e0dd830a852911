"""Parameters that Terracotta's own endpoints stumble over, refused before they get there.

Each of these made Terracotta 0.10.1 answer 500, or allocate as much memory as the caller liked.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from categorical.errors import shown
from handler.access import Access
from handler.errors import InvalidParameter
from handler.parameters import check_color_transform, parse_size
from handler.settings import Settings

Args = MultiDict[str, str]
Guard = Callable[[Args, Settings], None]
View = Callable[..., Any]

MAX_COLORMAP_VALUES = 65_536
MAX_PAGING = 2**31 - 1
_GIVE = 'give {"keys": [[KEY, ...], ...]}'
_COLUMNS = (
    *("bounds", "convex_hull", "valid_percentage", "range", "mean", "stdev"),
    *("percentiles", "metadata"),
)


def guard_terracotta(app: Flask, access: Access, settings: Settings) -> None:
    """Puts the guards, and the driver that does not write, before each of Terracotta's views."""
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(("tile_api.", "metadata_api.")):
            guards = (_nul, _json, *_GUARDS.get(endpoint, ()))
            app.view_functions[endpoint] = _guarded(view, guards, access, settings)


def _guarded(view: View, guards: Sequence[Guard], access: Access, settings: Settings) -> View:
    def guarded(**arguments: Any) -> Any:
        for guard in guards:
            guard(request.args, settings)
        try:
            with access.driver.in_use():
                return view(**arguments)
        except RecursionError as error:  # of an expression
            raise InvalidParameter("a parameter is nested too deeply") from error

    return guarded


def _nul(args: Args, _: Settings) -> None:
    if "\0" in request.path or any("\0" in value for value in args.values()):
        raise InvalidParameter("the request holds a NUL character, which no dataset has")


def _json(args: Args, _: Settings) -> None:
    """Several parameters are read as JSON, and only JSON that is none at all is expected."""
    for name, value in args.items():
        try:
            json.loads(value)
        except json.JSONDecodeError:
            continue  # Terracotta says itself what is wrong with it
        except (ValueError, RecursionError) as error:
            raise InvalidParameter(
                f"{name} has brackets nested too deeply, or a number of thousands of digits"
            ) from error


def _tile_size(args: Args, settings: Settings) -> None:
    parse_size(args.get("tile_size"), settings.max_tile_size)


def _color_transform(args: Args, _: Settings) -> None:
    check_color_transform(args.get("color_transform"))


def _complete_range(args: Args, _: Settings) -> None:
    text = args.get("stretch_range", "")
    if None in _json_list(text):
        raise InvalidParameter(f"stretch_range is {shown(text)}: give two numbers")


def _columns(args: Args, _: Settings) -> None:
    if "columns" not in args:
        return
    chosen = _json_list(args["columns"])
    if not chosen or any(column not in _COLUMNS for column in chosen):
        raise InvalidParameter(
            f"columns is {shown(args['columns'])}: give a JSON list out of {', '.join(_COLUMNS)}"
        )


def _body(_: Args, __: Settings) -> None:
    """Terracotta reads it in the same way; what is read is kept."""
    try:
        request.get_json()
    except RecursionError as error:
        raise InvalidParameter(f"the body's brackets are nested too deeply: {_GIVE}") from error
    except BadRequest as error:
        raise InvalidParameter(f"the body is no JSON: {_GIVE}") from error


def _paging(args: Args, settings: Settings) -> None:
    limit, page = (_integer(args.get(name)) for name in ("limit", "page"))
    if limit > settings.max_listed_datasets:
        raise InvalidParameter(
            f"limit is {shown(args['limit'])}: one page lists {settings.max_listed_datasets:,} "
            "datasets at most, page=1 has the next ones"
        )
    if limit * page > MAX_PAGING or page > MAX_PAGING:
        raise InvalidParameter(f"limit and page go past {MAX_PAGING:,} datasets")


def _colormap_values(args: Args, _: Settings) -> None:
    if not 0 <= _integer(args.get("num_values")) <= MAX_COLORMAP_VALUES:
        raise InvalidParameter(f"num_values must be from 0 to {MAX_COLORMAP_VALUES:,}")


def _integer(text: str | None) -> int:
    """0 where there is none: Terracotta says itself what is wrong with it."""
    try:
        return int(text or 0)
    except ValueError:
        return 0


def _json_list(text: str) -> list[object]:
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return value if isinstance(value, list) else []


_TILE = (_tile_size, _color_transform)
_GUARDS: dict[str, tuple[Guard, ...]] = {
    "tile_api.get_singleband": _TILE,
    "tile_api.get_singleband_preview": _TILE,
    "tile_api.get_rgb": _TILE,
    "tile_api.get_rgb_preview": _TILE,
    "tile_api.get_compute": (_tile_size, _complete_range),
    "tile_api.get_compute_preview": (_tile_size, _complete_range),
    "metadata_api.get_metadata": (_columns,),
    "metadata_api.get_multiple_metadata": (_columns, _body),
    "metadata_api.get_datasets": (_paging,),
    "metadata_api.get_colormap": (_colormap_values,),
}
