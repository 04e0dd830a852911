"""Attribute tables in dBASE III files, as Esri's software keeps them in `.vat.dbf`.

Format: https://www.dbase.com/Knowledgebase/INT/db7_file_fmt.htm (32-byte header, 32 bytes a field).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from categorical.pam import INTEGER, REAL, STRING
from ingest.attribute_table import AttributeTable, Column, check_cells
from ingest.carried import MAX_ENTRIES
from ingest.text import decode

_HEADER = struct.Struct("<B3xIHH17xB2x")
_FIELD = struct.Struct("<11sc4xBB14x")
_END_OF_FIELDS = b"\r"
_DELETED = b"*"
_INTEGER_WIDTH = 10
# The header's language driver: https://blog.codetitans.pl/post/dbf-and-language-code-page/
_CODE_PAGES = {
    0x01: "cp437", 0x02: "cp850", 0x08: "cp865", 0x13: "cp932", 0x4D: "cp936", 0x4E: "cp949",
    0x4F: "cp950", 0x64: "cp852", 0x65: "cp866", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254",
    0xCB: "cp1253",
}  # fmt: skip


class _Field(NamedTuple):
    name: str
    kind: int  # GDALRATFieldType
    start: int
    width: int


def parse_dbf(content: bytes) -> AttributeTable:
    """The table in a dBASE file. Raises ValueError where it is none."""
    try:
        _, records, start, length, language = _HEADER.unpack_from(content)
        fields = list(_fields(content, start))
    except struct.error as error:
        raise ValueError("it is no dBASE file") from error
    if not fields or fields[-1].start + fields[-1].width > length:
        raise ValueError("it is no dBASE file")
    if start + records * length > len(content) + 1:
        raise ValueError(f"it is cut off: {records} records do not fit {len(content)} bytes")
    if records > MAX_ENTRIES:
        raise ValueError(f"it has {records:,} records, more than {MAX_ENTRIES:,}")
    check_cells(len(fields), records)
    code_page = _CODE_PAGES.get(language, "cp1252")
    bodies = (content[start + i * length :][:length] for i in range(records))
    return AttributeTable(
        columns=[Column(field.name, field.kind) for field in fields],
        rows=[
            [_text(body, field, code_page) for field in fields]
            for body in bodies
            if body[:1] != _DELETED
        ],
    )


def _fields(content: bytes, end: int) -> Iterator[_Field]:
    place = 1  # behind the mark of deletion
    for offset in range(_HEADER.size, end - 1, _FIELD.size):
        if content[offset : offset + 1] == _END_OF_FIELDS:
            return
        name, kind, width, decimals = _FIELD.unpack_from(content, offset)
        yield _Field(decode(name.split(b"\0")[0]), _kind(kind, width, decimals), place, width)
        place += width


def _kind(kind: bytes, width: int, decimals: int) -> int:
    """Numbers without decimals are integers where all that fit have at most 32 bits."""
    if kind == b"C":
        return STRING
    return INTEGER if kind == b"N" and not decimals and width < _INTEGER_WIDTH else REAL


def _text(body: bytes, field: _Field, code_page: str) -> str:
    cell = body[field.start : field.start + field.width].rstrip(b"\0")
    return decode(cell, code_page).strip()
