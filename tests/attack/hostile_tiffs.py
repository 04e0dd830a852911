"""Valid GeoTIFFs, and what an attacker makes of them: tags, offsets and compressed blocks changed.

The layout of the bytes is that of TIFF 6.0 (https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/
tiff6.pdf, section 2): a header of 8 bytes, directories of entries of 12 bytes.
"""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import rasterio
import rasterio.shutil
from rasterio import Affine
from rasterio.enums import Resampling

SIDE = 600
EDGES = (0, 1, 2, 3, 7, 255, 2**15, 2**16 - 1, 2**16, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
_TAG_TYPES = 19

# Bytes of each data type, by its number.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8}


class Entry(NamedTuple):
    """One entry of a directory; `values` is where its values are."""

    offset: int
    tag: int
    count: int
    values: int


def seeds(folder: Path) -> list[bytes]:
    """Valid files of all kinds that ingestion takes."""
    return [path.read_bytes() for path in _written(folder)]


def mutants(files: list[bytes], count: int, random: Random) -> Iterator[bytes]:
    """So many files with one to four changes each."""
    for _ in range(count):
        content = bytearray(random.choice(files))
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            random.choice(_MUTATIONS)(content, random)
        yield bytes(content)


def entries(content: bytes) -> Iterator[Entry]:
    """The entries of all directories of a little-endian classic TIFF; none of any other file."""
    if content[:4] != b"II*\0":
        return
    (offset,) = struct.unpack_from("<I", content, 4)
    seen: set[int] = set()
    while offset and offset not in seen and offset + 2 <= len(content):
        seen.add(offset)
        (number,) = struct.unpack_from("<H", content, offset)
        if offset + 2 + 12 * number + 4 > len(content):
            return
        for place in range(offset + 2, offset + 2 + 12 * number, 12):
            tag, kind, count, value = struct.unpack_from("<HHII", content, place)
            inline = count * _SIZES.get(kind, 1) <= 4
            yield Entry(place, tag, count, place + 8 if inline else value)
        (offset,) = struct.unpack_from("<I", content, offset + 2 + 12 * number)


def _written(folder: Path) -> Iterator[Path]:
    stripes = np.repeat(np.arange(SIDE, dtype="uint8") // 60, SIDE).reshape(SIDE, SIDE)
    noise = np.random.default_rng(1).integers(0, 9, (SIDE, SIDE)).astype("uint8")
    tiled = {"tiled": True, "blockxsize": 128, "blockysize": 128}
    files: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
        (stripes, {**tiled, "compress": "deflate"}, {"overviews": True, "colors": True}),
        (noise, {"compress": "lzw", "nodata": 8}, {"tags": True}),
        (stripes, {**tiled, "compress": "zstd", "predictor": 2}, {"mask": True}),
        (noise, {"compress": "packbits", "blockysize": 7}, {}),
        (noise.astype("uint16") * 1000, {**tiled, "compress": "lzma"}, {"overviews": True}),
        (noise.astype("float32"), {"compress": "deflate", "predictor": 3}, {}),
        (noise.astype("int32") - 4, {"compress": "lerc", **tiled}, {}),
        (stripes, {"compress": "deflate", "bigtiff": "yes"}, {"overviews": True}),
        (stripes // 5, {"nbits": 1, "compress": "ccittfax4"}, {}),
        (stripes, {"compress": "jpeg", **tiled}, {}),
    ]
    for number, (pixels, options, more) in enumerate(files):
        path = folder / f"seed-{number}.tif"
        _write(path, pixels, options, **more)
        yield path
    cog = folder / "cog.tif"
    rasterio.shutil.copy(folder / "seed-0.tif", cog, driver="COG", blocksize=128)
    yield cog


def _write(
    path: Path,
    pixels: Any,
    options: dict[str, Any],
    overviews: bool = False,
    colors: bool = False,
    mask: bool = False,
    tags: bool = False,
) -> None:
    profile = {
        "driver": "GTiff",
        "count": 1,
        "height": SIDE,
        "width": SIDE,
        "dtype": pixels.dtype,
        "crs": "EPSG:32633",
        "transform": Affine(10, 0, 500_000, 0, -10, 5_000_000),
    }
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(path, "w", **{**profile, **options}) as dataset,
    ):
        dataset.write(pixels, 1)
        if colors:
            dataset.write_colormap(1, {value: (value, 9, 9, 255) for value in range(10)})
        if mask:
            dataset.write_mask(pixels > 2)
        if tags:
            dataset.update_tags(AUTHOR="somebody", LONG="x" * 2000)
            dataset.update_tags(1, STATISTICS_MINIMUM="0")
    if overviews:
        with rasterio.open(path, "r+") as dataset:
            dataset.build_overviews([2, 4], Resampling.mode)


# --- changes -------------------------------------------------------------------------------


def _value(content: bytearray, random: Random) -> None:
    """Another value of a tag: sizes, counts, compression, offsets and lengths of blocks."""
    entry = _chosen(content, random)
    if entry and entry.values + 4 <= len(content):
        place = entry.values + 4 * random.randrange(max(1, min(entry.count, 50)))
        if place + 4 <= len(content):
            struct.pack_into("<I", content, place, _number(content, random))


def _head(content: bytearray, random: Random) -> None:
    """Another tag, type or count of an entry."""
    entry = _chosen(content, random)
    if entry is None:
        return
    part = random.randrange(3)
    if part == 0:
        struct.pack_into(
            "<H", content, entry.offset, random.choice((254, 256, 33550, 42112, 65000))
        )
    elif part == 1:
        struct.pack_into("<H", content, entry.offset + 2, random.randrange(_TAG_TYPES))
    else:
        struct.pack_into("<I", content, entry.offset + 4, _number(content, random))


def _double(content: bytearray, random: Random) -> None:
    """Another number in the geotransform or nodata: not a number, endless, tiny."""
    found = [e for e in entries(bytes(content)) if e.tag in (33550, 33922, 34736, 42113)]
    if found:
        entry = random.choice(found)
        place = entry.values + 8 * random.randrange(max(1, min(entry.count, 6)))
        number = random.choice((float("nan"), float("inf"), -1e308, 1e308, 5e-324, 0.0, -1.0))
        if place + 8 <= len(content):
            struct.pack_into("<d", content, place, number)


def _bytes(content: bytearray, random: Random) -> None:
    """Other bytes in a row anywhere, mostly in compressed blocks."""
    start = random.randrange(len(content))
    for place in range(start, min(start + random.choice((1, 2, 8, 64)), len(content))):
        content[place] = random.choice((0, 255, random.randrange(256)))


def _splice(content: bytearray, random: Random) -> None:
    """One part of the file in the place of another."""
    size = random.choice((16, 256, 4096))
    source, target = (random.randrange(len(content)) for _ in range(2))
    part = content[source : source + size]
    content[target : target + len(part)] = part


def _cut(content: bytearray, random: Random) -> None:
    """The file's beginning only."""
    del content[random.randrange(16, len(content)) if len(content) > 17 else 1 :]


def _chain(content: bytearray, random: Random) -> None:
    """Another first directory: somewhere in the file, or beyond it."""
    if len(content) > 8:
        struct.pack_into("<I", content, 4, _number(content, random))


def _chosen(content: bytearray, random: Random) -> Entry | None:
    found = list(entries(bytes(content)))
    return random.choice(found) if found else None


def _number(content: bytearray, random: Random) -> int:
    return random.choice((*EDGES, random.randrange(2**32), random.randrange(len(content) + 1)))


_MUTATIONS: tuple[Callable[[bytearray, Random], None], ...] = (
    *(_value, _value, _value, _head, _head, _double),
    *(_bytes, _bytes, _splice, _cut, _chain),
)
