"""Many small rasters uploaded at once to the local system, and what becomes of them."""

import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg2
from rasterio import Affine
from rasterio.io import MemoryFile

from infra.local.system import Options, System, running

WORKERS = 2
_SINGLE = 20  # rasters that one after the other show what a worker does in a second
_CLASSES = b'{"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}'
_SECONDS = 600.0
_CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename = 'writer'"
)


@dataclass(frozen=True)
class Burst:
    """`rate` in rasters a second; `workers_rate` what so many workers do with no queue to empty."""

    rasters: int
    registered: int
    seconds: float
    rate: float
    workers_rate: float
    workers: int
    connections: int


def burst(rasters: int) -> Burst:
    """Upload them as quickly as S3 takes them, and wait until the database has them all."""
    pixels = np.random.default_rng(1).integers(0, 4, (64, 64), "uint8").repeat(4, 0).repeat(4, 1)
    content = _geotiff(pixels)
    with running(Options(port=0, workers=WORKERS)) as system:
        _put(system, "categorical/categories.json", _CLASSES)
        one_by_one = _one_by_one(system, content)
        began = time.monotonic()
        for number in range(rasters):
            _put(system, f"categorical/BURST/{number:05}/mask.tif", content)
        registered, connections = _wait(system, rasters)
        seconds = time.monotonic() - began
    rate = registered / seconds
    return Burst(rasters, registered, seconds, rate, one_by_one * WORKERS, WORKERS, connections)


def _one_by_one(system: System, content: bytes) -> float:
    """Rasters a second where each is uploaded when the one before is registered."""
    began = time.monotonic()
    for number in range(_SINGLE):
        _put(system, f"categorical/SINGLE/{number:05}/mask.tif", content)
        _wait(system, number + 1, "SINGLE", pause=0.005)
    return _SINGLE / (time.monotonic() - began)


def _wait(
    system: System, rasters: int, sensor: str = "BURST", pause: float = 0.1
) -> tuple[int, int]:
    """How many were registered in the end, and the most connections seen meanwhile."""
    deadline, most, registered = time.monotonic() + _SECONDS, 0, 0
    with closing(psycopg2.connect(system.database.url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        while registered < rasters and time.monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM datasets WHERE sensor = %s", (sensor,))
            registered = _number(cursor)
            cursor.execute(_CONNECTIONS)
            most = max(most, _number(cursor))
            time.sleep(pause)
    return registered, most


def _number(cursor: Any) -> int:
    ((number,),) = cursor.fetchall()
    return int(number)


def _put(system: System, key: str, content: bytes) -> None:
    system.aws.s3().put_object(Bucket=system.resources.incoming, Key=key, Body=content)


def _geotiff(pixels: Any) -> bytes:
    height, width = pixels.shape
    place = {"crs": "EPSG:32633", "transform": Affine(10, 0, 500_000, 0, -10, 5_000_000)}
    with MemoryFile() as file:
        with file.open(
            driver="COG", width=width, height=height, count=1, dtype="uint8", **place
        ) as dataset:
            dataset.write(pixels, 1)
        return bytes(file.getbuffer())
