"""GDAL's `.aux.xml`: colour table, category names and raster attribute table."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from categorical.classes import Class
from categorical.pam import INTEGER, MAX_ENTRIES, REAL, STRING, Field, Table, pam_document

_LARGEST = 2**31 - 1

_Cell = Callable[[Class], object]


def to_aux_xml(classes: Sequence[Class], counts: Mapping[int, int]) -> bytes:
    """The sidecar; `counts` are pixels by value, of all classes or of none.

    Where values are negative or large the attribute table stands alone.
    """
    places: list[Class | None] = []
    if classes and classes[0].value >= 0 and classes[-1].value < MAX_ENTRIES:
        by_value = {item.value: item for item in classes}
        places = [by_value.get(value) for value in range(classes[-1].value + 1)]
    fields, cells = zip(*_columns(classes, counts), strict=True)
    return pam_document(
        [item.drawn_color if item else None for item in places],
        [item.label if item else "" for item in places],
        Table(fields, ([cell(item) for cell in cells] for item in classes)),
    )


def _columns(classes: Sequence[Class], counts: Mapping[int, int]) -> Iterator[tuple[Field, _Cell]]:
    large = any(abs(item.value) > _LARGEST for item in classes)
    yield Field("Value", REAL if large else INTEGER, 5), lambda item: item.value
    if all(item.value in counts for item in classes):
        yield Field("Count", REAL, 1), lambda item: counts[item.value]
    yield Field("Class_Name", STRING, 2), lambda item: item.label
    yield Field("Red", INTEGER, 6), lambda item: item.drawn_color.red
    yield Field("Green", INTEGER, 7), lambda item: item.drawn_color.green
    yield Field("Blue", INTEGER, 8), lambda item: item.drawn_color.blue
    yield Field("Alpha", INTEGER, 9), lambda item: item.drawn_color.alpha
