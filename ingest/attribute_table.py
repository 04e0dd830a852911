"""Raster attribute tables: what each pixel value stands for, in the columns of some software.

GDAL keeps them as XML in the raster or in `.aux.xml`, Esri as dBASE in `.vat.dbf`. Columns are told
by their usage where there is one, failing that by their names.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple
from xml.etree.ElementTree import Element

from categorical.colors import Color
from categorical.pam import INTEGER, REAL, STRING, Field, Table


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
MAX_CELLS = 1_300_000  # 65,536 rows of some twenty columns

_CHANNELS = (Usage.RED, Usage.GREEN, Usage.BLUE, Usage.ALPHA)
_LAST_USAGE = 18  # GFU_MaxCount - 1
# What columns with labels are called, the most telling first.
_TELLING = (
    re.compile(r"^(class|category|land.?cover)?.?names?$|^labels?$", re.IGNORECASE),
    re.compile(r"class|label|categor|land.?cover|legend", re.IGNORECASE),
    re.compile(r"name|descr|type", re.IGNORECASE),
)
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")


class Entry(NamedTuple):
    """One row of whatever names values; an empty label names nothing."""

    value: int
    label: str
    color: Color | None = None


@dataclass(frozen=True)
class Column:
    """A column's name, its GDALRATFieldType, and its GDAL usage."""

    name: str
    kind: int
    usage: int = Usage.GENERIC

    @property
    def is_text(self) -> bool:
        return self.kind == STRING


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

    def for_gdal(self) -> Table:
        """The whole table, its columns of the usage that they were taken for."""
        label = self._label_place()
        fields = [_field(column, place == label) for place, column in enumerate(self.columns)]
        has_values = self._place(Usage.MIN_MAX) is not None or self._place(Usage.MIN) is not None
        width = len(fields)
        return Table(
            fields,
            ([_cell(row, place) for place in range(width)] for row in self.rows),
            None if has_values else (self.first, self.step),
        )

    def _place(self, usage: Usage) -> int | None:
        usages = [_usage(column) for column in self.columns]
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
    """A `GDALRasterAttributeTable` element. Raises ValueError."""
    fields, rows = table.findall("FieldDefn"), table.findall("Row")
    check_cells(len(fields), len(rows))
    return AttributeTable(
        columns=[_column(field) for field in fields],
        rows=[[cell.text or "" for cell in row.findall("F")] for row in rows],
        first=_number(table.get("Row0Min", "0")) or 0,
        step=_number(table.get("BinSize", "1")) or 1,
    )


def of_entries(entries: Iterable[Entry]) -> AttributeTable:
    """A table of values, labels and colours; black and transparent where one has no colour."""
    return AttributeTable(
        columns=[
            Column("Value", INTEGER, Usage.MIN_MAX),
            Column("Class_Name", STRING, Usage.NAME),
            *(Column(usage.name.capitalize(), INTEGER, usage) for usage in _CHANNELS),
        ],
        rows=[
            [str(each.value), each.label, *map(str, each.color or (0, 0, 0, 0))] for each in entries
        ],
    )


def check_cells(columns: int, rows: int) -> None:
    """Raises ValueError: a short file may claim a long table, most of it empty."""
    if columns * rows > MAX_CELLS:
        raise ValueError(f"its table has {columns * rows:,} cells, more than {MAX_CELLS:,}")


def whole(text: str) -> int | None:
    """The integer that a cell holds, perhaps as `3.0`; None for anything else."""
    if _INTEGER.fullmatch(text.strip()):
        return int(text)  # exact, which floating point is not beyond 2 ** 53
    number = _number(text)
    return int(number) if number is not None and number.is_integer() else None


def _column(field: Element) -> Column:
    kind, usage = whole(field.findtext("Type", "")), whole(field.findtext("Usage", ""))
    name = field.findtext("Name", "").strip()
    return Column(name, REAL if kind is None else kind, usage or Usage.GENERIC)


def _usage(column: Column) -> int:
    return column.usage or _BY_NAME.get(column.name.lower(), Usage.GENERIC)


def _field(column: Column, is_label: bool) -> Field:
    """As GDAL knows columns; to it channels are whole numbers, and shares would all be black."""
    usage = Usage.NAME if is_label else _usage(column)
    if usage in _CHANNELS and column.kind != INTEGER:
        usage = Usage.GENERIC
    kind = column.kind if column.kind in (INTEGER, REAL) else STRING
    return Field(column.name, kind, usage if 0 <= usage <= _LAST_USAGE else Usage.GENERIC)


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
