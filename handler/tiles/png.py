"""PNG pictures of few colours, written by hand: as few bits a pixel as their colours need.

Chunks, filters and packing are those of the PNG specification, https://www.w3.org/TR/png-3/.
Deflating is most of the work, and pixels of classes are runs. So zlib looks for runs only, in the
rows or in their differences to the row above, whichever have fewer; where there are hardly any, it
looks for nothing and writes Huffman codes. That is as quick as its quickest level, and a quarter
smaller. With more than 16 colours and hardly any runs ISA-L is five times as quick and as small.
"""

import struct
import zlib
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTED, _RGBA = 3, 6
_UNFILTERED, _UP = 0, 2
# Mean lengths of runs in bytes: from where on RLE is the better choice than ISA-L with more than 16
# colours, and than Huffman codes alone with fewer. Found by trying both on some 190 tiles.
_CALM, _BUSY = 8, 3.3
# Any step that does not divide the usual length of a row, so that a sample meets all columns.
_SAMPLE_STEP = 97


def encode(indices: NDArray[Any], rgba: Bytes) -> bytes:
    """A PNG of `indices` (height, width), which point into the colours `rgba` (n, 4)."""
    if len(rgba) <= 256:
        return _encode_paletted(indices.astype(np.uint8, copy=False), rgba)
    used = np.bincount(indices.ravel(), minlength=len(rgba)) > 0
    if used.sum() > 256:
        return _encode_rgba(indices, rgba)
    renumbered = (np.cumsum(used) - 1).astype(np.uint8)
    return _encode_paletted(renumbered.take(indices), rgba[used])


def _encode_rgba(indices: NDArray[Any], rgba: Bytes) -> bytes:
    height, width = indices.shape
    pixels = rgba.view(np.uint32).ravel().take(indices).view(np.uint8).reshape(height, -1)
    body = isal_zlib.compress(_scanlines(pixels, _UNFILTERED), 1)
    return _assemble(width, height, 8, _RGBA, [], body)


def _encode_paletted(indices: Bytes, rgba: Bytes) -> bytes:
    height, width = indices.shape
    data = indices.tobytes()
    used = _used(data)
    depth = next(bits for bits in (1, 2, 4, 8) if len(used) <= 1 << bits)
    if used[-1] < 1 << depth:
        rgba = rgba[: used[-1] + 1]
    else:
        data, rgba = data.translate(_renumbering(used)), rgba[used]
    rows = _pack(np.frombuffer(data, np.uint8).reshape(height, width), depth)
    chunks = _palette_chunks(rgba)
    return _assemble(width, height, depth, _PALETTED, chunks, _deflate(rows, depth))


def _used(data: bytes) -> list[int]:
    """The distinct bytes, in order: a sample finds nearly all, the rest is what it did not."""
    seen = set(data[::_SAMPLE_STEP])
    return sorted(seen.union(data.translate(None, bytes(seen))))


def _renumbering(used: list[int]) -> bytes:
    table = bytearray(256)
    for number, index in enumerate(used):
        table[index] = number
    return bytes(table)


def _pack(indices: Bytes, depth: int) -> Bytes:
    """Rows of `depth` bits a pixel, the leftmost pixel in the highest bits."""
    if depth == 8:
        return indices
    if depth == 1:
        return np.packbits(indices, axis=1)
    missing = -indices.shape[1] % (8 // depth)
    padded = np.ascontiguousarray(np.pad(indices, ((0, 0), (0, missing))) if missing else indices)
    if depth == 4:
        pairs = padded.view("<u2")
        return (pairs << 4 | pairs >> 8).astype(np.uint8)
    fours = padded.view("<u4")
    return (fours << 6 | fours >> 4 | fours >> 14 | fours >> 24).astype(np.uint8)


def _deflate(rows: Bytes, depth: int) -> bytes:
    """The rows behind the better of two filters, deflated."""
    differences = rows.copy()
    differences[1:] -= rows[:-1]
    plain, up = _changes(rows), _changes(differences)
    run = rows.size / (min(plain, up) + 1)
    if depth == 8 and run < _CALM:
        return bytes(isal_zlib.compress(_scanlines(rows, _UNFILTERED), 1))
    lines = _scanlines(differences, _UP) if up < plain else _scanlines(rows, _UNFILTERED)
    deflate = zlib.compressobj(strategy=zlib.Z_HUFFMAN_ONLY if run < _BUSY else zlib.Z_RLE)
    return deflate.compress(lines.data) + deflate.flush()


def _changes(rows: Bytes) -> int:
    """How often a byte differs from the one before it: so many runs there are."""
    return int(np.count_nonzero(rows[:, 1:] != rows[:, :-1]))


def _scanlines(rows: Bytes, method: int) -> Bytes:
    """The rows, each behind the number of its filter."""
    lines = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    lines[:, 0] = method
    lines[:, 1:] = rows
    return lines


def _palette_chunks(rgba: Bytes) -> list[bytes]:
    chunks = [_chunk(b"PLTE", rgba[:, :3].tobytes())]
    alpha = rgba[:, 3].tobytes().rstrip(b"\xff")
    return [*chunks, _chunk(b"tRNS", alpha)] if alpha else chunks


def _assemble(
    width: int, height: int, depth: int, color_type: int, palette: list[bytes], body: bytes
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    chunks = [_chunk(b"IHDR", header), *palette, _chunk(b"IDAT", body), _chunk(b"IEND", b"")]
    return b"".join([_SIGNATURE, *chunks])


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), name) + body + struct.pack(">I", _checksum(name, body))


def _checksum(name: bytes, body: bytes) -> int:
    return int(isal_zlib.crc32(body, isal_zlib.crc32(name)))
