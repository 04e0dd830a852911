"""The encoder writes PNGs that others read, in as few bits a pixel as the colours need."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from handler.tiles.png import encode
from tests.handler.tiles.truth import decode

Array = NDArray[np.uint8]


def colors(count: int, alpha: int = 255) -> Array:
    """So many different colours, the first of them transparent."""
    numbers = np.arange(count)
    channels = [numbers % 256, numbers // 256, 255 - numbers % 256, np.full(count, alpha)]
    rgba = np.stack(channels, axis=1).astype(np.uint8)
    rgba[0] = 0
    return rgba


def chunks(png: bytes) -> dict[str, bytes]:
    """The picture's chunks by name; raises if a length or a checksum is wrong."""
    found, position = {}, 8
    while position < len(png):
        length, name = struct.unpack_from(">I4s", png, position)
        body = png[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", png, position + 8 + length)
        assert checksum == zlib.crc32(name + body)
        found[name.decode()] = body
        position += 12 + length
    assert list(found) == [
        name for name in ("IHDR", "PLTE", "tRNS", "IDAT", "IEND") if name in found
    ]
    return found


def depth_and_type(png: bytes) -> tuple[int, int]:
    return struct.unpack_from(">BB", chunks(png)["IHDR"], 8)


@pytest.mark.parametrize(
    ("used", "depth"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)]
)
def test_bits_by_the_colours_that_are_used(used: int, depth: int) -> None:
    indices = (np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) % used) + 256 - used
    png = encode(indices.astype(np.uint8), colors(256))
    assert depth_and_type(png) == (depth, 3)
    assert (decode(png) == colors(256)[indices]).all()


def test_only_used_colours_are_listed() -> None:
    found = chunks(encode(np.full((8, 8), 200, np.uint8), colors(256)))
    assert found["PLTE"] == bytes(colors(256)[200, :3])
    assert "tRNS" not in found


def test_transparency_ends_with_the_last_transparent_colour() -> None:
    found = chunks(encode(np.arange(9, dtype=np.uint8).reshape(3, 3), colors(9)))
    assert len(found["PLTE"]) == 27
    assert found["tRNS"] == b"\0"


def test_more_than_256_colours_of_which_a_picture_uses_few() -> None:
    indices = np.array([[0, 399], [7, 300]], np.uint16)
    png = encode(indices, colors(400))
    assert depth_and_type(png) == (2, 3)
    assert (decode(png) == colors(400)[indices]).all()


def test_more_than_256_colours_used_are_rgba() -> None:
    indices = np.arange(20 * 20, dtype=np.uint16).reshape(20, 20)
    png = encode(indices, colors(400, alpha=77))
    assert depth_and_type(png) == (8, 6)
    assert (decode(png) == colors(400, alpha=77)[indices]).all()


@given(
    width=st.integers(1, 70),
    height=st.integers(1, 40),
    count=st.integers(1, 300),
    run=st.integers(1, 200),
    seed=st.integers(0, 1000),
)
def test_decodes_to_what_went_in(width: int, height: int, count: int, run: int, seed: int) -> None:
    """Also for rows that end within a byte, and for calm and busy pictures."""
    numbers = np.random.default_rng(seed).integers(0, count, width * height // run + 1)
    indices = np.repeat(numbers, run)[: width * height].reshape(height, width)
    dtype = np.uint8 if count <= 256 else np.uint16
    png = encode(indices.astype(dtype), colors(count))
    chunks(png)
    assert (decode(png) == colors(count)[indices]).all()


def test_pictures_without_a_palette_of_their_own_are_read_by_others() -> None:
    """Pillow verifies the whole stream, checksums included."""
    png = encode(np.tile(np.arange(5, dtype=np.uint8), (10, 4)), colors(5))
    Image.open(io.BytesIO(png)).verify()
    assert Image.open(io.BytesIO(png)).mode == "P"
