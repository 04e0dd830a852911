"""A tiny raster on its way through a deployed system: uploaded, shown, removed."""

import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from string import Formatter
from typing import Any

import httpx
import numpy as np
import rasterio
from PIL import Image
from rasterio.io import MemoryFile
from rasterio.transform import from_bounds

from categorical.urls import Tile, categorical_url
from infra.errors import ProbeFailed
from infra.outputs import explained

NAME = "infra-verify"
COLOR = "3366CC"
# One degree at the equator, in the tile at zoom 8 that begins at 0, 0 and ends at 1.40625.
BOUNDS = (0.0, 0.0, 1.0, 1.0)
TILE = Tile(8, 128, 127)
INSIDE = (90, 165)  # column and row of 0.5 E, 0.5 N among the tile's 256 pixels
CLASSES = {
    "classification:classes": [{"value": 1, "name": "probe", "title": "probe", "color_hint": COLOR}]
}


@dataclass(frozen=True)
class Probe:
    """A probe of the system with these buckets and this API; `patience` in seconds a step."""

    s3: Any
    incoming: str
    published: str
    api: str
    pattern: str
    type_key: str
    categorical_type: str
    patience: float = 180.0

    @property
    def keys(self) -> list[str]:
        """Values of the keys: the probe's name in all but the type."""
        fields = [name for _, name, _, _ in Formatter().parse(self.pattern) if name]
        return [self.categorical_type if name == self.type_key else NAME for name in fields]

    @property
    def object_key(self) -> str:
        fields = [name for _, name, _, _ in Formatter().parse(self.pattern) if name]
        return self.pattern.format(**dict(zip(fields, self.keys, strict=True)))

    def run(self) -> str:
        """A sentence that says how long it took. Raises ProbeFailed, NotAllowed, AwsUnavailable."""
        started = time.monotonic()
        try:
            self._upload()
            self._wait_for("registered")
            shown = time.monotonic() - started
            self._look()
        finally:
            self._remove()
        self._wait_for("removed")
        total = time.monotonic() - started
        return f"registered after {shown:.0f} s, shown in its colour, removed after {total:.0f} s"

    @property
    def _class_file(self) -> str:
        return f"{self.object_key.rpartition('.')[0]}.categories.json"

    def _upload(self) -> None:
        with explained(f"upload to {self.incoming}", "s3:PutObject"):
            body = json.dumps(CLASSES).encode()
            self.s3.put_object(Bucket=self.incoming, Key=self._class_file, Body=body)
            self.s3.put_object(Bucket=self.incoming, Key=self.object_key, Body=raster())

    def _remove(self) -> None:
        with explained(f"remove from {self.incoming}", "s3:DeleteObject"):
            for key in (self.object_key, self._class_file):
                self.s3.delete_object(Bucket=self.incoming, Key=key)

    def _wait_for(self, status: str) -> None:
        def report() -> dict[str, Any] | None:
            found = self._report()
            return found if found and found["status"] in (status, "rejected") else None

        found = wait(report, self.patience)
        if found is None:
            raise ProbeFailed(
                f"{self.object_key} was not {status} within {self.patience:.0f} s: look at the "
                "log of the ingestion function and at the dead-letter queue"
            )
        if found["status"] != status:
            raise ProbeFailed(f"{self.object_key} was rejected: {found.get('error')}")

    def _report(self) -> dict[str, Any] | None:
        with explained(f"read reports in {self.published}", "s3:GetObject"):
            try:
                answer = self.s3.get_object(
                    Bucket=self.published, Key=f"reports/{self.object_key}.json"
                )
            except self.s3.exceptions.NoSuchKey:
                return None
            return dict(json.loads(answer["Body"].read()))

    def _look(self) -> None:
        url = categorical_url(self.api, self.keys, tile=TILE)
        try:
            answer = httpx.get(url, timeout=35)
        except httpx.HTTPError as error:
            raise ProbeFailed(f"{url} cannot be reached: {error}") from error
        if answer.status_code != 200:
            raise ProbeFailed(f"{url} answered {answer.status_code}: {answer.text[:200]}")
        try:
            found = Image.open(io.BytesIO(answer.content)).convert("RGBA").getpixel(INSIDE)
        except OSError as error:
            raise ProbeFailed(f"{url} is no picture: {answer.text[:200]!r}") from error
        if found != (*bytes.fromhex(COLOR), 255):
            raise ProbeFailed(f"{url} shows {found} where the class has the colour {COLOR}")


def raster() -> bytes:
    """A GeoTIFF of one class."""
    profile = {
        "driver": "GTiff",
        "width": 16,
        "height": 16,
        "count": 1,
        "dtype": "uint8",
        "crs": "EPSG:4326",
        "transform": from_bounds(*BOUNDS, 16, 16),
    }
    with rasterio.Env(), MemoryFile() as memory:
        with memory.open(**profile) as dataset:
            dataset.write(np.ones((16, 16), "uint8"), 1)
        return bytes(memory.read())


def wait(look: Callable[[], Any], patience: float) -> Any:
    """What `look` finds first; None if it finds nothing in time."""
    until = time.monotonic() + patience
    while (found := look()) is None and time.monotonic() < until:
        time.sleep(0.5)
    return found
