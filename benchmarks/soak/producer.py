"""Who produces the data: uploads, replaces, relabels, spoils and removes rasters, through S3 alone.

A change is done once the report on it says so.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.soak.journal import Change
from benchmarks.soak.scene import PALETTES, ROTATIONS, Scene, State, class_file, label

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

POLL_SECONDS = 0.1
LOST_SECONDS = 120.0
GARBAGE = b"II*\0 but no raster"


@dataclass(frozen=True)
class Producer:
    """Someone with the right to write to the incoming bucket, and to read reports."""

    s3: "S3Client"
    incoming: str
    published: str
    scene: Scene
    keys: Sequence[tuple[str, ...]]
    patience: float = LOST_SECONDS

    def upload(self, dataset: int, state: State) -> None:
        """Put a dataset's raster, in the state's pixels, into the incoming bucket."""
        body = self.scene.path(state.template, state.rotation).read_bytes()
        self.s3.put_object(Bucket=self.incoming, Key=self._key(dataset), Body=body)

    def relabel(self, dataset: int, palette: int) -> None:
        """Put a class file of its own beside a dataset's raster."""
        key = self._key(dataset).replace(".tif", ".categories.json")
        self.s3.put_object(Bucket=self.incoming, Key=key, Body=class_file(palette))

    def spoil(self, dataset: int) -> None:
        """Replace a dataset's raster by something that is none."""
        self.s3.put_object(Bucket=self.incoming, Key=self._key(dataset), Body=GARBAGE)

    def remove(self, dataset: int) -> None:
        """Delete a dataset's raster from the incoming bucket."""
        self.s3.delete_object(Bucket=self.incoming, Key=self._key(dataset))

    def registered(self, dataset: int, state: State) -> bool:
        """Whether the report says, in time, that just this is registered."""
        etag = self.s3.head_object(Bucket=self.incoming, Key=self._key(dataset))["ETag"].strip('"')
        return self._reported(
            dataset,
            lambda report: (
                report["status"] == "registered"
                and report["etag"].strip('"') == etag
                and report["classes"][0]["title"] == label(0, state.palette)
            ),
        )

    def settled(self, dataset: int, status: str) -> bool:
        """Whether the report comes to this status in time."""
        return self._reported(dataset, lambda report: report["status"] == status)

    def _reported(self, dataset: int, wanted: Callable[[Any], bool]) -> bool:
        key, deadline = f"reports/{self._key(dataset)}.json", time.monotonic() + self.patience
        while time.monotonic() < deadline:
            try:
                answer = self.s3.get_object(Bucket=self.published, Key=key)
            except self.s3.exceptions.NoSuchKey:
                pass
            else:
                if wanted(json.loads(answer["Body"].read())):
                    return True
            time.sleep(POLL_SECONDS)
        return False

    def _key(self, dataset: int) -> str:
        return "/".join(self.keys[dataset]) + ".tif"


@dataclass
class Changes:
    """Goes on changing some datasets, one at a time; `record` hears of what was done.

    A change that was not reported in time is recorded as never done, and its dataset left alone.
    """

    producer: Producer
    states: dict[int, State]
    record: Callable[[Change], None]
    pause: float = 1.0
    seed: int = 1

    def run(self, stop: threading.Event) -> None:
        """Until told to stop."""
        source = random.Random(self.seed)
        while self.states and not stop.wait(self.pause):
            dataset = source.choice(list(self.states))
            act = source.choices((self.replace, self.relabel, self.remove, self.spoil), _SHARES)
            if not act[0](dataset):
                del self.states[dataset]

    def replace(self, dataset: int) -> bool:
        """By other pixels. Whether that was registered in time, as of all changes."""
        state = self.states[dataset]
        state = state._replace(rotation=(state.rotation + 1) % ROTATIONS)
        return self._change(dataset, state, lambda: self.producer.upload(dataset, state))

    def relabel(self, dataset: int) -> bool:
        """By a class file of its own."""
        state = self.states[dataset]
        state = state._replace(palette=(state.palette + 1) % PALETTES)
        return self._change(dataset, state, lambda: self.producer.relabel(dataset, state.palette))

    def remove(self, dataset: int) -> bool:
        """And upload it again."""
        began = time.monotonic()
        self.producer.remove(dataset)
        done = self._note(dataset, None, began, self.producer.settled(dataset, "removed"))
        return done and self._upload(dataset)

    def spoil(self, dataset: int) -> bool:
        """Which must change nothing; and mend it again."""
        self.producer.spoil(dataset)
        if not self.producer.settled(dataset, "rejected"):
            return self._note(dataset, self.states[dataset], time.monotonic(), False)
        return self._upload(dataset)

    def _upload(self, dataset: int) -> bool:
        state = self.states[dataset]
        return self._change(dataset, state, lambda: self.producer.upload(dataset, state))

    def _change(self, dataset: int, state: State, act: Callable[[], None]) -> bool:
        began = time.monotonic()
        act()
        self.states[dataset] = state
        return self._note(dataset, state, began, self.producer.registered(dataset, state))

    def _note(self, dataset: int, state: State | None, began: float, done: bool) -> bool:
        ended = time.monotonic() if done else float("inf")
        self.record(Change(dataset, state, began, ended))
        return done


_SHARES = (6, 3, 1, 1)
