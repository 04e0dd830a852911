"""Files made to exhaust memory, disk, time or trust, each in a process that is judged by them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from tests.ingest.tiffs import directories, one_strip

KEY = "categorical/S2/20181010/cloudmask.tif"
PLACE = {"crs": "EPSG:4326", "transform": rasterio.Affine(1e-4, 0, 6, 0, -1e-4, 3)}
MIB = 2**20

# Examines a file, or parses a sidecar, and tells the verdict, its peak memory and its CPU time.
JUDGE = """
import json, resource, sys
from pathlib import Path
from ingest.errors import Rejection
from ingest.examination import examine_file
from ingest.settings import IngestSettings
from ingest.sidecars import _PARSERS
before = resource.getrusage(resource.RUSAGE_SELF)
path, settings = Path(sys.argv[1]), IngestSettings(published_bucket="published")
try:
    if path.suffix == ".tif":
        found = examine_file(path, True, settings)
        verdict = {"counts": found.inspection.counts}
    else:
        suffix = next(suffix for suffix in _PARSERS if path.name.endswith(suffix))
        verdict = {"classes": len(_PARSERS[suffix](path.read_bytes(), range(256), None).classes)}
except Rejection as rejection:
    verdict = {"code": rejection.code, "message": str(rejection)}
except ValueError as error:
    verdict = {"code": "sidecar_ignored", "message": str(error)}
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
status = Path("/proc/self/status").read_text()  # ru_maxrss is the parent's too
peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
print(json.dumps({**verdict, "peak": peak, "cpu": cpu}))
"""


@pytest.fixture
def judge() -> Callable[[Path], dict[str, Any]]:
    """What a process of its own makes of a file."""

    def judge(path: Path) -> dict[str, Any]:
        result = subprocess.run(
            [sys.executable, "-c", JUDGE, str(path)],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(Path.cwd())},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr[-2000:]
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    return judge


def sparse(path: Path, side: int, block: int, **options: Any) -> Path:
    """A raster without any pixels in the file, which every one of them stands for nodata."""
    with rasterio.open(
        path, "w", driver="GTiff", width=side, height=side, count=1, dtype="uint8", nodata=0,
        tiled=True, blockxsize=block, blockysize=block, sparse_ok=True, **PLACE, **options,
    ):  # fmt: skip
        pass
    return path


def huge(path: Path, content: bytes, size: int) -> None:
    """A file that ends in zeros which take no space."""
    path.write_bytes(content)
    os.truncate(path, size)


def bombs() -> dict[str, tuple[str, Callable[[Path], object]]]:
    """{name: (code, how to write it)}."""
    vrt = (
        "<VRTDataset rasterXSize='8' rasterYSize='8'><VRTRasterBand dataType='Byte' band='1'>"
        "<SimpleSource><SourceFilename>{}</SourceFilename></SimpleSource></VRTRasterBand>"
        "</VRTDataset>"
    )
    return {
        "400,000 x 400,000": ("too_large", lambda p: sparse(p, 400_000, 1024, bigtiff="yes")),
        "million directories": (
            "excessive_structure",
            lambda p: p.write_bytes(directories(1_000_000)),
        ),
        "endless directories": (
            "excessive_structure",
            lambda p: p.write_bytes(directories(2, back_to=8)),
        ),
        "tag of 100 MB": (
            "excessive_structure",
            lambda p: huge(p, one_strip(extra=(42112, b"<a>"), count=10**8), 2 * 10**8),
        ),
        "tag longer than the file": (
            "excessive_structure",
            lambda p: p.write_bytes(one_strip(extra=(42112, b"<a>"), count=2**31)),
        ),
        "four million blocks": ("excessive_structure", lambda p: sparse(p, 32_768, 16)),
        "VRT of a local file": (
            "not_a_raster",
            lambda p: p.write_text(vrt.format("/etc/passwd")),
        ),
        "VRT of the network": (
            "not_a_raster",
            lambda p: p.write_text(vrt.format("/vsicurl/http://127.0.0.1:1/x.tif")),
        ),
        "other driver": (
            "not_a_raster",
            lambda p: p.write_bytes(b"P5 4 4 255\n" + bytes(16)),
        ),
    }


@pytest.mark.parametrize("name", bombs())
def test_bomb_is_rejected_at_once(judge: Any, tmp_path: Path, name: str) -> None:
    code, write = bombs()[name]
    path = tmp_path / "bomb.tif"
    write(path)
    found = judge(path)
    assert found["code"] == code, found
    assert found["peak"] < 256 * MIB
    assert str(tmp_path) not in found["message"]


ENTITIES = "<!ENTITY a0 'x'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
)
SIDECARS = {
    "entities.aux.xml": f"<!DOCTYPE x [{ENTITIES}]><PAMDataset>&a11;</PAMDataset>",
    "external.aux.xml": "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
    "wide.aux.xml": "<PAMDataset>" + "<a/>" * 2_500_000 + "</PAMDataset>",
    "deep.aux.xml": "<a>" * 1_200_000,
    "rows.vat.dbf": "",
    "lines.clr": "1 2 3 4\n" * 1_000_000,
}


@pytest.mark.parametrize("name", SIDECARS)
def test_sidecar_bomb_is_ignored_at_once(judge: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(SIDECARS[name])
    if name == "rows.vat.dbf":
        field = b"N".ljust(11, b"\0") + b"C" + bytes(4) + bytes([1]) + bytes(15)
        head = bytes([3]) + bytes(3) + (4_900_000).to_bytes(4, "little")
        head += (65).to_bytes(2, "little") + (2).to_bytes(2, "little") + bytes(20)
        path.write_bytes(head + field + b"\r" + b" x" * 4_900_000)
    found = judge(path)
    assert found.get("code") == "sidecar_ignored", found
    assert found["peak"] < 256 * MIB
    assert "passwd" not in found["message"]


def test_memory_for_36000_by_36000(judge: Any, tmp_path: Path) -> None:
    """Land in a corner, sea elsewhere, as most of ESA WorldCover's tiles at the coast."""
    path = sparse(tmp_path / "large.tif", 36_000, 1024, compress="deflate")
    land = np.random.default_rng(1).integers(1, 10, (256, 256), "uint8").repeat(8, 0).repeat(8, 1)
    with rasterio.open(path, "r+") as dataset:
        dataset.write(land, 1, window=rasterio.windows.Window(20_000, 9_000, 2048, 2048))
    found = judge(path)
    assert sum(found["counts"].values()) == 36_000**2
    assert found["counts"]["0"] == 36_000**2 - 2048**2
    assert found["peak"] < 256 * MIB
