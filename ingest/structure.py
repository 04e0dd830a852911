"""What a TIFF's directories say of themselves, read without GDAL, which reads all of them at once.

GDAL takes a third of a millisecond and some memory for each directory, and keeps every tag's value,
its XML parsed: a file of a few megabytes may cost minutes, one large tag ten times its size.
Format: https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf, and BigTIFF.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ingest.errors import ExcessiveStructure

_DIRECTORIES = 256  # a COG with all overviews that GDAL reads, and masks, has 64
_ENTRIES = 4096  # libtiff refuses more
_TAG_BYTES = 2**25  # an attribute table of 65,536 rows has some 10 MB
_BLOCKS = 2**21
_BLOCK_TAGS = frozenset((273, 279, 324, 325))  # where blocks are and how long, read in parts
_INLINE = 8  # bytes that a directory itself has room for, at most
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_LONG_SIZES = {16: 8, 17: 8, 18: 8}


METADATA = 42112  # GDAL_METADATA, https://gdal.org/en/stable/drivers/raster/gtiff.html


class _Entry(NamedTuple):
    """`value` is where the tag's value is in the file, unless it is so short that it is here."""

    tag: int
    kind: int
    length: int
    value: int


def check_structure(path: Path) -> None:
    """Raises ExcessiveStructure. A damaged file passes: GDAL says what is wrong with it."""
    with path.open("rb") as file:
        for number, entries in enumerate(_directories(file), start=1):
            if number > _DIRECTORIES:
                raise ExcessiveStructure(f"it has more than {_DIRECTORIES} directories")
            for entry in entries:
                _check_entry(entry)


def first_tag(path: Path, tag: int) -> bytes:
    """The text of a tag of the first directory; empty where it has none, or a short one."""
    with path.open("rb") as file:
        for entry in next(_directories(file), []):
            if entry.tag == tag and _INLINE < entry.length <= _TAG_BYTES:
                file.seek(entry.value)
                return file.read(entry.length)
    return b""


def _check_entry(entry: _Entry) -> None:
    if entry.tag in _BLOCK_TAGS:
        if entry.length > _BLOCKS:
            raise ExcessiveStructure(f"it has {entry.length:,} blocks, more than {_BLOCKS:,}")
        return
    size = entry.length * (_SIZES | _LONG_SIZES).get(entry.kind, 1)
    if size > _TAG_BYTES:
        raise ExcessiveStructure(
            f"its tag {entry.tag} has {size:,} bytes, more than {_TAG_BYTES:,}"
        )


def _directories(file: BinaryIO) -> Iterator[list[_Entry]]:
    """The directories in their order, until one is cut off."""
    start = file.read(16)
    order = ">" if start[:1] == b"M" else "<"
    big = start[2:4] in (b"+\0", b"\0+")
    offset_format, count_format = (order + "Q",) * 2 if big else (order + "I", order + "H")
    entry = struct.Struct(order + ("HHQQ" if big else "HHII"))
    try:
        (offset,) = struct.unpack_from(offset_format, start, 8 if big else 4)
        while offset:
            file.seek(offset)
            (count,) = _read(file, count_format)
            content = file.read(min(count, _ENTRIES) * entry.size)
            yield [_Entry(*found) for found in entry.iter_unpack(content)]
            (offset,) = _read(file, offset_format)
    except (struct.error, OverflowError):
        return


def _read(file: BinaryIO, what: str) -> tuple[int, ...]:
    return struct.unpack(what, file.read(struct.calcsize(what)))
