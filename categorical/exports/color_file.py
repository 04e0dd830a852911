"""Colour files, `.clr`."""

from collections.abc import Iterable

from categorical.classes import Class


def to_color_file(classes: Iterable[Class]) -> str:
    """A line `value red green blue alpha label` for each class, with spaces between.

    QGIS reads all six, Esri the first four as its colour map files have them.
    """
    return "".join(
        f"{item.value} {' '.join(map(str, item.drawn_color))} {item.label}\n" for item in classes
    )
