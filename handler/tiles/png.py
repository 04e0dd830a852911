"""PNG pictures of few colours, written by hand: as few bits a pixel as their colours need.

Chunks and packing follow the PNG specification, https://www.w3.org/TR/png-3/. Rows are not
filtered: with indices for pixels, filters make runs no longer. ISA-L deflates about six times as
fast as zlib's quickest level and packs tighter.
"""

import struct
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTED, _RGBA = 3, 6
_LEVEL = 1
# Any step that does not divide a row's usual length, so that a sample meets all columns.
_SAMPLE_STEP = 97


def encode(indices: NDArray[Any], rgba: Bytes) -> bytes:
    """A PNG of `indices` (height, width), which point into the colours `rgba` (n, 4)."""
    if len(rgba) > 256:
        used, indices = np.unique(indices, return_inverse=True)
        rgba = rgba[used]
        if len(used) > 256:
            return _encode_rgba(rgba[indices])
    return _encode_paletted(indices.astype(np.uint8, copy=False), rgba)


def _encode_rgba(pixels: Bytes) -> bytes:
    height, width, channels = pixels.shape
    return _assemble(width, height, 8, _RGBA, [], pixels.reshape(height, width * channels))


def _encode_paletted(indices: Bytes, rgba: Bytes) -> bytes:
    data = indices.tobytes()
    used = _used(data)
    depth = next(bits for bits in (1, 2, 4, 8) if len(used) <= 1 << bits)
    if used[-1] >= 1 << depth:
        table = bytearray(256)
        for position, index in enumerate(used):
            table[index] = position
        data = data.translate(table)
        rgba = rgba[used]
    else:
        rgba = rgba[: used[-1] + 1]
    height, width = indices.shape
    rows = _pack(np.frombuffer(data, np.uint8).reshape(height, width), depth)
    return _assemble(width, height, depth, _PALETTED, _palette_chunks(rgba), rows)


def _used(data: bytes) -> list[int]:
    """The distinct bytes, in order: a sample finds nearly all, the rest is what it did not."""
    seen = set(data[::_SAMPLE_STEP])
    return sorted(seen.union(data.translate(None, bytes(seen))))


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


def _palette_chunks(rgba: Bytes) -> list[bytes]:
    chunks = [_chunk(b"PLTE", rgba[:, :3].tobytes())]
    alpha = rgba[:, 3].tobytes().rstrip(b"\xff")
    return [*chunks, _chunk(b"tRNS", alpha)] if alpha else chunks


def _assemble(
    width: int, height: int, depth: int, color_type: int, chunks: list[bytes], rows: Bytes
) -> bytes:
    lines = np.zeros((height, rows.shape[1] + 1), np.uint8)  # a leading 0 says: not filtered
    lines[:, 1:] = rows
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    body = isal_zlib.compress(lines, _LEVEL)
    return b"".join(
        [
            _SIGNATURE,
            _chunk(b"IHDR", header),
            *chunks,
            _chunk(b"IDAT", body),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    checksum = isal_zlib.crc32(body, isal_zlib.crc32(name))
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum)
