"""The parent's side of a peer: starts the process, asks it for tiles, learns its peak memory."""

import base64
import json
import os
import select
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.tiles import Tile
from categorical.urls import quote_component

ROOT = Path(__file__).parent.parent
SECONDS = 120.0  # for one answer, a cold start included
_SAME_FOR_ALL = {
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONPATH": str(ROOT),
    # nobody's AWS account, and no search for one
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


class PeerFailed(Exception):
    """A peer ended, hung, or answered something else than a tile; says what it last said."""


class Dataset(NamedTuple):
    """What tiles are asked for of: Terracotta knows it by its keys, titiler by its address."""

    keys: Sequence[str]
    address: str


@dataclass(frozen=True)
class Spec:
    """How a peer is started and asked.

    `way` is how a tile gets to it ("in process", "Lambda event"); `template` is a URL with {z},
    {x}, {y} in it, and {keys} or {address} for the dataset. `variant` tells namesakes apart.
    """

    name: str
    way: str
    entry: str
    target: str
    template: str
    dataset: Dataset
    python: Path
    credentials: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    variant: str = ""

    @property
    def id(self) -> str:
        """A name that no other peer of a series has."""
        credentials = "AWS credentials" if self.credentials else ""
        return ", ".join(filter(None, (self.name, self.way, credentials, self.variant)))

    def url(self, tile: Tile, dataset: Dataset) -> str:
        """The template filled in."""
        keys = "/".join(map(quote_component, dataset.keys))
        parts = {"keys": keys, "address": quote_component(dataset.address), **tile._asdict()}
        url = self.template
        for name, value in parts.items():
            url = url.replace(f"{{{name}}}", str(value))
        return url


@dataclass(frozen=True)
class Answer:
    """One tile, or another answer: how long the call took, and the body, a tile's PNG."""

    ms: float
    png: bytes


class Peer:
    """A running peer."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        self._process = subprocess.Popen(
            [str(spec.python), "-m", "benchmarks.peers", spec.entry, spec.target],
            cwd=ROOT,
            env={**kept, **_SAME_FOR_ALL, **spec.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout

    @cached_property
    def ready(self) -> dict[str, Any]:
        """What it says once it is imported: `ready_ms`, `versions`. To be waited for first."""
        return self._receive()

    def ask(self, tile: Tile, dataset: Dataset | None = None) -> Answer:
        """The tile, of its own dataset unless told. Raises PeerFailed for anything but a PNG."""
        return self._get(self.spec.url(tile, dataset or self.spec.dataset), b"\x89PNG")

    def get(self, url: str) -> Answer:
        """What it answers at `url`, with its whole body. Raises PeerFailed unless that is JSON."""
        return self._get(url, b"{")

    def _get(self, url: str, start: bytes) -> Answer:
        self._in.write(json.dumps({"url": url}).encode() + b"\n")
        self._in.flush()
        reply = self._receive()
        body = base64.b64decode(reply["body"])
        if reply["status"] != 200 or not body.startswith(start):
            raise PeerFailed(
                f"{self.spec.id} answered {reply['status']} to {url[:200]}: {body[:300]!r}\n"
                f"{self._last_words()}"
            )
        return Answer(reply["ns"] / 1e6, body)

    def finish(self) -> float:
        """Ends it in order; its peak resident memory in MiB, without that of its own children."""
        self._in.close()
        peak = float(self._receive()["peak_mib"])
        self.close()
        return peak

    def close(self) -> None:
        """Ends it, whatever it is doing."""
        with suppress(BrokenPipeError):
            self._in.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._out.close()
        self._log.close()

    def _receive(self) -> dict[str, Any]:
        if not select.select([self._out], [], [], SECONDS)[0]:
            raise PeerFailed(f"{self.spec.id}: no answer in {SECONDS:g} s\n{self._last_words()}")
        line = self._out.readline()
        if not line:
            raise PeerFailed(f"{self.spec.id} ended\n{self._last_words()}")
        message: dict[str, Any] = json.loads(line)
        return message

    def _last_words(self) -> str:
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), 3000, max(0, size - 3000)).decode(errors="replace")
