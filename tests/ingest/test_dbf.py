"""dBASE files, written here by hand after the format's description."""

import struct

import pytest

from ingest.attribute_table import Entry
from ingest.dbf import parse_dbf


def dbf(fields, rows, encoding="utf-8", deleted=(), language=0):
    """fields: (name, type, width)."""
    length = 1 + sum(width for _, _, width in fields)
    start = 32 + 32 * len(fields) + 1
    head = struct.pack("<BBBBIHH17xB2x", 3, 126, 1, 1, len(rows), start, length, language)
    described = b"".join(
        struct.pack("<11sc4xBB14x", name.encode(), kind.encode(), width, 0)
        for name, kind, width in fields
    )
    bodies = b"".join(
        (b"*" if number in deleted else b" ")
        + b"".join(
            cell.encode(encoding).ljust(width)[:width]
            for cell, (_, _, width) in zip(row, fields, strict=True)
        )
        for number, row in enumerate(rows)
    )
    return head + described + b"\r" + bodies + b"\x1a"


FIELDS = [("Value", "N", 9), ("Count", "F", 19), ("Class_Name", "C", 20)]
ROWS = [("1", "1.0e+3", "Wälder"), ("7", "2.0e+3", "Wasser")]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_values_and_names(encoding):
    table = parse_dbf(dbf(FIELDS, ROWS, encoding))
    assert list(table.entries()) == [Entry(1, "Wälder"), Entry(7, "Wasser")]


@pytest.mark.parametrize(
    ("language", "encoding", "label"),
    [(0x01, "cp437", "Wälder"), (0x57, "cp1252", "Wälder"), (0xC9, "cp1251", "Лес")],
)
def test_code_page_of_the_header(language, encoding, label):
    table = parse_dbf(dbf(FIELDS, [("1", "", label)], encoding, language=language))
    assert list(table.entries()) == [Entry(1, label)]


def test_deleted_records_are_left_out():
    assert [e.value for e in parse_dbf(dbf(FIELDS, ROWS, deleted=(0,))).entries()] == [7]


def test_colours_as_shares():
    fields = [*FIELDS[::2], ("Red", "F", 8), ("Green", "F", 8), ("Blue", "F", 8)]
    table = parse_dbf(dbf(fields, [("1", "Wald", "0.0", "0.4", "1.0")]))
    assert list(table.entries()) == [Entry(1, "Wald", (0, 102, 255, 255))]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x03" * 10,
        b"\x03" * 500,
        b"<xml/>" * 50,
        dbf(FIELDS, ROWS)[:-30],
        dbf([("Value", "N", 9)], [("1",)] * 3).replace(b"\x03\x00\x00\x00", b"\xff\xff\xff\xff", 1),
    ],
)
def test_what_is_no_dbf_is_refused(content):
    with pytest.raises(ValueError, match="it is"):
        parse_dbf(content)
