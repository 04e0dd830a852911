"""Raster attribute tables: what each pixel value stands for, in the columns of some software.

GDAL keeps them as XML in the raster or in `.aux.xml`, Esri as dBASE in `.vat.dbf`. Columns are told
by their usage where there is one, failing that by their names.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from xml.etree.ElementTree import Element

from categorical.colors import Color
from ingest.carried import Entry


class Usage(IntEnum):
    """GDALRATFieldUsage, https://gdal.org/en/stable/api/raster_c_api.html"""

    GENERIC = 0
    NAME = 2
    MIN = 3
    MAX = 4
    MIN_MAX = 5
    RED = 6
    GREEN = 7
    BLUE = 8
    ALPHA = 9


_BY_NAME = {
    "value": Usage.MIN_MAX,
    "red": Usage.RED,
    "green": Usage.GREEN,
    "blue": Usage.BLUE,
    "alpha": Usage.ALPHA,
    "opacity": Usage.ALPHA,
}
# What columns with labels are called, the most telling first.
_TELLING = (
    re.compile(r"^(class|category|land.?cover)?.?names?$|^labels?$", re.IGNORECASE),
    re.compile(r"class|label|categor|land.?cover|legend", re.IGNORECASE),
    re.compile(r"name|descr|type", re.IGNORECASE),
)
_STRING = 2
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")


@dataclass(frozen=True)
class Column:
    """A column's name, whether it holds text, and its GDAL usage."""

    name: str
    is_text: bool
    usage: int = Usage.GENERIC


@dataclass(frozen=True)
class AttributeTable:
    """Columns and rows of text; without a value column row n is for `first + n * step`."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    first: float = 0
    step: float = 1

    def entries(self) -> Iterator[Entry]:
        """Every row that is for one integer value; none at all where no column names classes."""
        label = self._label_place()
        if label is None:
            return
        colors = self._colors()
        for number, row in enumerate(self.rows):
            value = self._value(number, row)
            if value is not None:
                yield Entry(value, _cell(row, label), colors[number])

    def _place(self, usage: Usage) -> int | None:
        usages = [
            column.usage or _BY_NAME.get(column.name.lower(), Usage.GENERIC)
            for column in self.columns
        ]
        return usages.index(usage) if usage in usages else None

    def _label_place(self) -> int | None:
        """The column of usage Name, else the text column with the most telling name."""
        place = self._place(Usage.NAME)
        if place is not None:
            return place
        texts = [i for i, column in enumerate(self.columns) if column.is_text]
        for telling in _TELLING:
            for place in texts:
                if telling.search(self.columns[place].name):
                    return place
        return texts[0] if len(texts) == 1 else None

    def _value(self, number: int, row: Sequence[str]) -> int | None:
        place = self._place(Usage.MIN_MAX)
        if place is not None:
            return whole(_cell(row, place))
        low, high = self._place(Usage.MIN), self._place(Usage.MAX)
        if low is None:
            return whole(str(self.first + number * self.step))
        value = whole(_cell(row, low))
        return value if high is None or value == whole(_cell(row, high)) else None

    def _colors(self) -> list[Color | None]:
        """The colour of each row; channels are 0 to 255, or 0 to 1 where none is above."""
        places = [self._place(usage) for usage in (Usage.RED, Usage.GREEN, Usage.BLUE)]
        alpha = self._place(Usage.ALPHA)
        if None in places:
            return [None] * len(self.rows)
        channels = [
            [_number(_cell(row, place)) for place in (*places, alpha) if place is not None]
            for row in self.rows
        ]
        highest = max((c for row in channels for c in row[:3] if c is not None), default=0)
        return [_color(row, 255 if highest <= 1 else 1) for row in channels]


def from_xml(table: Element) -> AttributeTable:
    """A `GDALRasterAttributeTable` element."""
    return AttributeTable(
        columns=[_column(field) for field in table.findall("FieldDefn")],
        rows=[[cell.text or "" for cell in row.findall("F")] for row in table.findall("Row")],
        first=_number(table.get("Row0Min", "0")) or 0,
        step=_number(table.get("BinSize", "1")) or 1,
    )


def whole(text: str) -> int | None:
    """The integer that a cell holds, perhaps as `3.0`; None for anything else."""
    if _INTEGER.fullmatch(text.strip()):
        return int(text)  # exact, which floating point is not beyond 2 ** 53
    number = _number(text)
    return int(number) if number is not None and number.is_integer() else None


def _column(field: Element) -> Column:
    kind, usage = whole(field.findtext("Type", "")), whole(field.findtext("Usage", ""))
    return Column(field.findtext("Name", "").strip(), kind == _STRING, usage or Usage.GENERIC)


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _number(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)  # Python reads 1_0 as ten
    except ValueError:
        return None


def _color(channels: Sequence[float | None], scale: int) -> Color | None:
    scaled = [-1 if c is None else round(c * scale) for c in channels[:3]]
    alpha = channels[3] if len(channels) > 3 else 255
    opaque = alpha is None or alpha == 1  # 1 is a share: nobody means 1 of 255
    scaled.append(255 if opaque else round(alpha or 0))
    return Color(*scaled) if all(0 <= channel <= 255 for channel in scaled) else None
