"""Has the ingestion function look at uploads that it did not look at, or not as they are now."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.queueing import BATCH
from ingest.registration import Registered
from ingest.storage import StoredObject

_RASTER = re.compile(r"(?i).*\.tiff?", re.DOTALL)


def is_raster(key: str) -> bool:
    """Whether a key looks like a raster's, whatever the key pattern says."""
    return _RASTER.fullmatch(key) is not None


def registered_etags(datasets: Iterable[Registered], bucket: str) -> dict[str, str]:
    """{key: etag} of the bucket's uploads that datasets were made from."""
    sources = (dataset.source for dataset in datasets)
    return {s["key"]: s["etag"] for s in sources if s.get("bucket") == bucket and "etag" in s}


@dataclass
class Backfill:
    """Queues rasters batch by batch, and counts.

    `current` are registered as they are; `other` objects are no rasters. After an interruption
    everything up to `last_key` is done.
    """

    send: Callable[[Sequence[str]], object]
    queued: int = 0
    current: int = 0
    other: int = 0
    last_key: str | None = None
    _batch: list[str] = field(default_factory=list)

    def run(self, objects: Iterable[StoredObject], registered: Mapping[str, str]) -> Iterator[str]:
        """Each key as it is looked at, in key order. Raises what `send` raises."""
        last = self.last_key
        for stored in objects:
            if not is_raster(stored.key):
                self.other += 1
            elif registered.get(stored.key) == stored.etag:
                self.current += 1
            else:
                self._batch.append(stored.key)
            if len(self._batch) == BATCH:
                self._flush()
            if not self._batch:
                self.last_key = stored.key
            yield stored.key
            last = stored.key
        self._flush()
        self.last_key = last

    def counts(self) -> dict[str, int]:
        return {"queued": self.queued, "current": self.current, "other": self.other}

    def _flush(self) -> None:
        if not self._batch:
            return
        self.send(self._batch)
        self.queued += len(self._batch)
        self.last_key = self._batch[-1]
        self._batch = []
