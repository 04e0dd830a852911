"""Colours for classes that bring none: ColorBrewer first, then evenly spread hues.

A label that already has a colour keeps it; new labels get the first colours not yet taken.
"""

import colorsys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from math import sqrt

from categorical.colors import Color

# ColorBrewer's qualitative schemes with strong colours, the most distinct first.
_SCHEMES = ("Set1_9", "Dark2_8", "Set2_8", "Paired_12", "Set3_12", "Accent_8")
_GOLDEN_RATIO = 0.618033988749895
_EASILY_TOLD_APART = 50  # leaves 244 of the colours below
_BARELY_TOLD_APART = 25
_CROWDED = 1000  # so many colours that comparing with each is not worth its time
_ODD = 0x9E3779  # 2 ** 24 times the golden ratio, rounded to an odd number


def assign_colors(
    labels: Iterable[str],
    given: Mapping[str, Color] | None = None,
    taken: Iterable[Color] = (),
) -> dict[str, Color]:
    """{label: colour} for all `labels`, in their order.

    A label in `given` has that colour, whether or not others have it too. Every other label gets a
    colour that no other label has and that is not in `taken`: from ColorBrewer as long as there
    are any, then from hues spread by the golden ratio, then from the rest; as long as there are
    any, one that is easily told apart from all others. The same input gives the same colours.
    """
    given = given or {}
    free = _free_colors([*taken, *given.values()])
    return {
        label: given[label] if label in given else next(free) for label in dict.fromkeys(labels)
    }


def _free_colors(used: list[Color]) -> Iterator[Color]:
    """All opaque colours that are not in `used`, each once, the best first."""
    for distance in _EASILY_TOLD_APART, _BARELY_TOLD_APART:
        for color in chain(_colorbrewer(), _spread_hues()):
            if len(used) < _CROWDED and all(_distance(color, other) >= distance for other in used):
                used.append(color)
                yield color
    seen = {color.hex for color in used}
    for color in chain(_colorbrewer(), _spread_hues(), _scattered()):
        if color.hex not in seen:
            seen.add(color.hex)
            yield color


def _distance(one: Color, two: Color) -> float:
    """How different two colours look, 0 to 765: https://www.compuphase.com/cmetric.htm"""
    mean = (one.red + two.red) / 2
    red, green, blue = (mine - other for mine, other in zip(one[:3], two[:3], strict=True))
    return sqrt((2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2)


def _colorbrewer() -> Iterator[Color]:
    from palettable.colorbrewer import qualitative  # 30 ms, and most classes have their colours

    for scheme in _SCHEMES:
        for red, green, blue in getattr(qualitative, scheme).colors:
            yield Color(red, green, blue)


def _spread_hues() -> Iterator[Color]:
    """Hues a golden ratio apart; lightness and saturation vary so that neighbours stay apart."""
    for number in range(1000):
        hue = (number * _GOLDEN_RATIO) % 1
        lightness = 0.32 + 0.11 * (number % 5)
        saturation = 0.45 + 0.25 * (number // 5 % 3)
        channels = colorsys.hls_to_rgb(hue, lightness, saturation)
        yield Color(*(round(channel * 255) for channel in channels))


def _scattered() -> Iterator[Color]:
    """Every colour once, far from the one before: multiples of an odd number modulo 2 ** 24."""
    for number in range(2**24):
        yield Color(*((number * _ODD) % 2**24).to_bytes(3, "big"))
