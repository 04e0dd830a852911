"""A palette for the tile reader, and a digest of the colours in it that goes into ETags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from categorical.classes import Class
from categorical.colors import TRANSPARENT, Color
from categorical.errors import shown
from handler.errors import InvalidParameter
from handler.tiles import Palette

MAX_NAMED = 30


@dataclass(frozen=True)
class Coloring:
    """`palette` paints pixels; equal `digest`s mean equal colours."""

    palette: Palette
    digest: str


def color_values(colors: Mapping[int | float, Color]) -> Coloring:
    """The colouring that paints each pixel value in `colors`, and leaves others transparent."""
    listed = repr(sorted((value, *color) for value, color in colors.items()))
    return Coloring(Palette(colors), blake2b(listed.encode(), digest_size=8).hexdigest())


def color_classes(classes: Iterable[Class], show: Iterable[str] = ()) -> Coloring:
    """The colouring of `classes` in their own colours; of those labelled in `show`, if any.

    Nodata classes are transparent. Raises InvalidParameter for a label that no class has.
    """
    chosen = choose_classes(classes, show)
    return color_values(
        {item.value: item.color or TRANSPARENT for item in chosen if not item.nodata}
    )


def choose_classes(classes: Iterable[Class], show: Iterable[str]) -> list[Class]:
    """Those of `classes` that are labelled in `show`, in their own order; all if `show` is empty.

    Raises InvalidParameter for a label that no class has.
    """
    by_label = {item.label: item for item in classes}
    wanted = {_chosen(label, by_label) for label in show}
    return [item for item in by_label.values() if not wanted or item in wanted]


def _chosen(label: str, by_label: Mapping[str, Class]) -> Class:
    if label not in by_label:
        known = ", ".join(shown(known) for known in list(by_label)[:MAX_NAMED])
        more = f" and {len(by_label) - MAX_NAMED} more" if len(by_label) > MAX_NAMED else ""
        raise InvalidParameter(
            f"show is {shown(label)}, which no class is labelled; there are {known}{more}"
        )
    return by_label[label]
