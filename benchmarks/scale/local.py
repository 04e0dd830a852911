"""The local system with one to eight viewers: what the model's inputs are, and what it predicts."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from statistics import median
from typing import Any

import httpx

from benchmarks.peer import ROOT
from benchmarks.scale.inputs import Measured
from infra.local.aws import session

DATASET = "categorical/MCD12C1/2019/landcover"
WORKERS = 4
_READY = 120.0
_FORGOTTEN = 6.0  # a worker that was asked too early knows again that the dataset is there
_TILES = [(6, x, y) for x, y in product(range(64), range(8, 48))]


@dataclass(frozen=True)
class Load:
    """So many viewers: requests a second in all, and the median of an answer's seconds."""

    viewers: int
    rate: float
    seconds: float


@contextmanager
def system() -> Iterator[dict[str, Any]]:
    """The local system with its demo; what it says of itself."""
    command = [sys.executable, "-m", "infra.local", "--port", "0", "--workers", str(WORKERS)]
    process = subprocess.Popen(
        [*command, "--json"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(30)


def measure(addresses: dict[str, Any], seconds: float) -> tuple[Measured, list[Load]]:
    """The inputs, from one viewer, and what one to eight of them see."""
    url = f"{addresses['api']}/categorical/{DATASET}"
    with httpx.Client() as client:
        _get(client, f"{url}/0/0/0.png", patience=_READY)
    time.sleep(_FORGOTTEN)
    _load(url, WORKERS, 3.0)  # every worker has the dataset open
    found = [_load(url, viewers, seconds) for viewers in (1, 2, 4, 8)]
    loads = [load for load, _ in found]
    sizes = [size for _, each in found for size in each]
    inputs = Measured(
        service=loads[0].seconds,
        tile_bytes=sum(sizes) / len(sizes),
        cold_start=_start(),
        ingest=_ingest(addresses),
        cores=os.cpu_count() or 1,
    )
    return inputs, loads


def _load(url: str, viewers: int, seconds: float) -> tuple[Load, list[int]]:
    """Viewers who ask for one tile after the other, none of them twice in a row."""
    end = time.monotonic() + seconds

    def view(number: int) -> list[tuple[float, int]]:
        answers: list[tuple[float, int]] = []
        with httpx.Client(timeout=60) as client:
            while time.monotonic() < end:
                z, x, y = _TILES[(number * 307 + len(answers)) % len(_TILES)]
                answers.append(_get(client, f"{url}/{z}/{x}/{y}.png"))
        return answers

    with ThreadPoolExecutor(viewers) as pool:
        answers = [answer for each in pool.map(view, range(viewers)) for answer in each]
    took = median(each for each, _ in answers)
    return Load(viewers, len(answers) / seconds, took), [size for _, size in answers]


def _get(client: httpx.Client, url: str, patience: float = 0.0) -> tuple[float, int]:
    """Seconds and bytes of an answer; with patience, of the first one that is a tile."""
    end = time.monotonic() + patience
    while True:
        began = time.perf_counter()
        response = client.get(url, timeout=60)
        if response.status_code == 200 or time.monotonic() > end:
            response.raise_for_status()
            return time.perf_counter() - began, len(response.content)
        time.sleep(0.5)


def _start() -> float:
    """Seconds until a fresh interpreter has imported the API: most of a cold start."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import handler.app"], cwd=ROOT, check=True)
    return time.perf_counter() - began


def _ingest(addresses: dict[str, Any]) -> float:
    """Median seconds until a copy of the demo's raster is registered, one after the other."""
    s3 = session().client("s3", endpoint_url=addresses["s3_endpoint"])
    incoming, folder = addresses["incoming_bucket"], DATASET.rpartition("/")[0]
    listed = s3.list_objects_v2(Bucket=incoming, Prefix=f"{folder}/")["Contents"]
    keys = sorted((item["Key"] for item in listed), key=lambda key: str(key).endswith(".tif"))
    return median(_register(s3, addresses, folder, keys, number) for number in range(5))


def _register(s3: Any, addresses: dict[str, Any], folder: str, keys: list[str], n: int) -> float:
    """Seconds from the upload of one copy, after its class file, to the report on it."""
    for key in keys:
        copy = key.replace(folder, f"categorical/SCALE/{n}")
        source = {"Bucket": addresses["incoming_bucket"], "Key": key}
        began = time.perf_counter()
        s3.copy_object(Bucket=addresses["incoming_bucket"], Key=copy, CopySource=source)
    while not _reported(s3, addresses["published_bucket"], copy):
        time.sleep(0.01)
        if time.perf_counter() - began > _READY:
            raise TimeoutError(f"{copy} was not registered within {_READY:.0f} seconds")
    return time.perf_counter() - began


def _reported(s3: Any, bucket: str, key: str) -> bool:
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"reports/{key}.json")
    return bool(listed.get("KeyCount"))
