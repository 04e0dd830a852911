"""One measurement of ingestion, in a process of its own: `python -m benchmarks.ingestion_task`.

Prints the time and the peak memory. Nothing else is imported into the process of a peer.
"""

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_CACHE = 32 * 2**20  # what ingestion allows GDAL, by default


def decode(path: Path) -> None:
    """Read every block of the band, in file order."""
    import rasterio

    with rasterio.Env(GDAL_CACHEMAX=_CACHE), rasterio.open(path) as dataset:
        for _, window in dataset.block_windows(1):
            dataset.read(1, window=window)


def translate(path: Path) -> None:
    """What `gdal_translate -of COG` does, with its defaults."""
    import rasterio
    import rasterio.shutil

    with TemporaryDirectory(dir=path.parent) as folder, rasterio.Env():
        rasterio.shutil.copy(path, Path(folder, "cog.tif"), driver="COG")


def examine(path: Path) -> None:
    """Our statistics, checks of the layout and of the overviews."""
    from ingest.examination import examine_file
    from ingest.settings import IngestSettings

    with _linked(path) as upload:
        examine_file(upload, True, IngestSettings(published_bucket="published"))


def publish(path: Path) -> None:
    """The same, the rewriting that comes of it, and the checksum that names the result."""
    from ingest.examination import examine_file, rewrite_file
    from ingest.settings import IngestSettings

    settings = IngestSettings(published_bucket="published")
    with _linked(path) as upload:
        found, target = examine_file(upload, True, settings), upload.with_name("published.tif")
        rewrite_file(found.path, target, found.inspection.categorical, settings)
        with target.open("rb") as file:
            hashlib.file_digest(file, "sha256")


@contextmanager
def _linked(path: Path) -> Iterator[Path]:
    """The raster in a folder that may be written to."""
    with TemporaryDirectory(dir=path.parent) as folder:
        link = Path(folder, "upload.tif")
        link.symlink_to(path)
        yield link


TASKS = {"decode": decode, "translate": translate, "examine": examine, "publish": publish}


def main(task: str, path: str) -> None:
    began = time.perf_counter()
    TASKS[task](Path(path))
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "peak_mib": _peak_mib()}))


def _peak_mib() -> float:
    """Linux; getrusage would tell of the process that started this one, if that was larger."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
