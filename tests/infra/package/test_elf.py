import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from infra.package.elf import strip, strip_all, stripped


@pytest.fixture(scope="module")
def rasterio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of rasterio, whose libraries patchelf has changed, and of numpy."""
    folder = tmp_path_factory.mktemp("wheels")
    for name in ("rasterio", "numpy"):
        for file in importlib.metadata.distribution(name).files or ():
            if file.suffix != ".pyc" and ".." not in file.parts:
                path = folder / file
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), path)
    return folder


def test_stripped_libraries_are_smaller_and_work(rasterio: Path) -> None:
    libraries = [path for path in rasterio.rglob("*.so*") if path.is_file()]
    before = sum(path.stat().st_size for path in libraries)
    saved = strip_all(rasterio)
    assert saved == before - sum(path.stat().st_size for path in libraries)
    assert saved > before / 10
    program = (
        f"import sys; sys.path.insert(0, {str(rasterio)!r})\n"
        "import numpy, rasterio, rasterio.features, rasterio.warp\n"
        "assert numpy.__file__.startswith(sys.path[0])\n"
        "print(numpy.linalg.inv(numpy.eye(9) * 2)[0, 0])\n"
        "print(round(rasterio.warp.transform('EPSG:4326', 'EPSG:3857', [10], [50])[0][0]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["0.5", "1113195"], done.stderr


def test_a_second_time_nothing_is_left_to_strip(rasterio: Path) -> None:
    library = next(rasterio.glob("rasterio.libs/libgdal*"))
    strip(library)
    assert strip(library) == 0


@pytest.mark.parametrize("data", [b"", b"\x7fELF\x01\x01 32 bits", b"#!/bin/sh", bytes(1000)])
def test_what_is_no_library_stays_as_it_is(data: bytes) -> None:
    assert stripped(data) == data


def test_a_segment_moves_by_whole_pages_only() -> None:
    from infra.package.elf import moved

    kept = [(0, 5_000), (20_000, 21_000), (21_500, 30_000)]
    moves = moved(kept, 4_096)
    assert all(move % 4_096 == 0 for move in moves)
    places = [start - move for (start, _), move in zip(kept, moves, strict=True)]
    ends = [end - move for (_, end), move in zip(kept, moves, strict=True)]
    assert all(np.array(places[1:]) >= np.array(ends[:-1]))
