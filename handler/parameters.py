"""Query parameters of Terracotta's endpoints that more than one of ours reads."""

import json

import terracotta
from color_operations import parse_operations

from categorical.errors import shown
from handler.errors import InvalidParameter

Size = tuple[int, int]  # width and height in pixels


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


def check_color_transform(text: str | None) -> None:
    """Nothing, if Terracotta can read `text`, whether or not it makes sense.

    Raises InvalidParameter where Terracotta 0.10.1 would answer 500.
    """
    if text is None:
        return
    try:
        parse_operations(text)
    except (IndexError, KeyError, ValueError) as error:
        raise InvalidParameter(
            f"color_transform is {shown(text)}: give operations such as "
            "'gamma 1 1.5, sigmoidal 1 15 0.5'"
        ) from error
