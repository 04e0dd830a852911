"""TIFF files put together byte by byte, as no library writes them."""

import struct

import numpy as np

_LONG, _SHORT, _ASCII = 4, 3, 2
_STRIP = (
    (256, _LONG, 16), (257, _LONG, 16), (258, _SHORT, 8), (259, _SHORT, 1), (262, _SHORT, 1),
    (273, _LONG, 8), (277, _SHORT, 1), (278, _LONG, 16), (279, _LONG, 256),
)  # fmt: skip


def directories(count: int, back_to: int = 0) -> bytes:
    """So many directories of 16 x 16 pixels, all overviews; the last points back."""
    one = struct.pack("<H", len(_STRIP) + 1) + _entry(254, _LONG, 1, 1)
    one += b"".join(_entry(tag, kind, 1, value) for tag, kind, value in _STRIP) + bytes(4)
    all_of_them = np.tile(np.frombuffer(one, "uint8"), (count, 1))
    following = 8 + len(one) * np.arange(1, count + 1, dtype="<u4")
    following[-1] = back_to
    all_of_them[:, -4:] = following[:, None].view("uint8")
    return b"II*\0" + struct.pack("<I", 8) + all_of_them.tobytes() + bytes(256)


def one_strip(extra: tuple[int, bytes], count: int | None = None) -> bytes:
    """One directory with a further tag of text, which may claim to be longer than it is."""
    tag, text = extra
    entries = [_entry(*entry[:2], 1, entry[2]) for entry in _STRIP]
    start = 8 + 2 + 12 * (len(entries) + 1) + 4
    entries.append(_entry(tag, _ASCII, len(text) if count is None else count, start))
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    return head + b"".join(entries) + struct.pack("<I", 0) + text + bytes(256)


def _entry(tag: int, kind: int, count: int, value: int) -> bytes:
    packed = struct.pack("<H2x", value) if kind == _SHORT else struct.pack("<I", value)
    return struct.pack("<HHI", tag, kind, count) + packed
