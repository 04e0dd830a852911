"""The query parameters `limit` and `page`: which part of a list, named as in Terracotta."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from categorical.errors import shown
from handler.errors import InvalidParameter

_WHOLE = re.compile(r"[0-9]{1,9}")
_LAST_PAGE = 999_999


@dataclass(frozen=True)
class Page:
    """`limit` items; pages are numbered from 0."""

    limit: int
    page: int

    @property
    def offset(self) -> int:
        """How many items come before."""
        return self.limit * self.page


def parse_page(args: Mapping[str, str], most: int) -> Page:
    """The page; without `limit` it has `most` items. Raises InvalidParameter."""
    return Page(
        limit=_parse(args, "limit", (1, most), most), page=_parse(args, "page", (0, _LAST_PAGE), 0)
    )


def _parse(args: Mapping[str, str], name: str, bounds: tuple[int, int], default: int) -> int:
    text = args.get(name)
    if text is None:
        return default
    number = int(text) if _WHOLE.fullmatch(text) else -1
    low, high = bounds
    if not low <= number <= high:
        raise InvalidParameter(
            f"{name} is {shown(text)}: give a whole number from {low} to {high:,}"
        )
    return number
