"""A child process that decodes may do what it likes: the caller gets a verdict, in bounded time."""

import ctypes
import multiprocessing
import operator
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.decoder import Limits, decode
from ingest.errors import (
    DecoderFailed,
    DecodingFailed,
    IngestError,
    Rejection,
    TooLarge,
    TooManyValues,
    TooSlow,
)
from ingest.examination import examine_file
from ingest.settings import IngestSettings

LIMITS = Limits(seconds=60, memory=2**28, file=2**30)


def test_the_result_comes_back() -> None:
    assert decode(partial(operator.add, 2, 3), LIMITS) == 5
    assert decode(os.getpid, LIMITS) != os.getpid()


def test_what_the_work_raises_comes_back_and_says_where() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        decode(partial(operator.truediv, 1, 0), LIMITS)
    assert any("Traceback" in note for note in caught.value.__notes__)
    with pytest.raises(FileNotFoundError):
        decode(partial(os.stat, "/nowhere"), LIMITS)


@pytest.mark.parametrize(
    ("work", "error", "words"),
    [
        (os.abort, DecodingFailed, "SIGABRT"),
        (partial(ctypes.string_at, 0), DecodingFailed, "SIGSEGV"),
        (partial(signal.raise_signal, signal.SIGKILL), TooLarge, "256 MiB"),
        (partial(signal.raise_signal, signal.SIGXCPU), TooSlow, "processor"),
        (partial(signal.raise_signal, signal.SIGTERM), DecoderFailed, "-15"),
        (partial(os._exit, 3), DecoderFailed, "3"),
        (partial(np.ones, 2**27), TooLarge, "256 MiB"),
        (partial(operator.mul, b"1", 2**30), TooLarge, "256 MiB"),
    ],
)
def test_a_child_that_dies_is_a_verdict(
    work: Callable[[], Any], error: type[IngestError], words: str
) -> None:
    with pytest.raises(error, match=words):
        decode(work, LIMITS)


def test_a_child_that_does_not_end_is_ended() -> None:
    with pytest.raises(TooSlow, match="within 0 seconds"):
        decode(partial(time.sleep, 1000), replace(LIMITS, seconds=0.3))
    assert multiprocessing.active_children() == []


def test_a_rejection_stays_one(geotiff: Callable[..., Path]) -> None:
    path = geotiff(np.arange(100, dtype="uint32").reshape(10, 10))
    settings = IngestSettings(published_bucket="published", max_values=50)
    with pytest.raises(TooManyValues, match="more than 50"):
        decode(partial(examine_file, path, True, settings), LIMITS)


def test_a_file_that_wants_too_much_memory_is_rejected(geotiff: Callable[..., Path]) -> None:
    """Who is refused memory may raise, give up on the file or abort."""
    path = geotiff(np.zeros((4096, 8192), "uint8"), blockysize=4096, compress="deflate")
    settings = IngestSettings(published_bucket="published")
    with pytest.raises(Rejection):
        decode(partial(examine_file, path, True, settings), replace(LIMITS, memory=2**24))


def test_children_have_what_they_need_from_the_server() -> None:
    """They would import it each time else, which takes a second."""
    loaded = partial(eval, "'ingest.examination' in __import__('sys').modules")
    assert decode(loaded, LIMITS) is True


def test_a_file_that_grows_too_large_is_a_verdict(tmp_path: Path) -> None:
    """A full disk is none: it passes, and is tried again."""
    write = partial((tmp_path / "grows").write_bytes, bytes(2**20 + 1))
    with pytest.raises(TooLarge, match="1 MiB of disk"):
        decode(write, replace(LIMITS, file=2**20))
    with _largest_file(2**20), pytest.raises(OSError, match="too large"):
        decode(write, LIMITS)


def test_limits_of_the_parent_hold_in_the_child() -> None:
    files = partial(resource.getrlimit, resource.RLIMIT_FSIZE)
    before = files()
    assert decode(files, LIMITS) == (LIMITS.file, before[1])
    with _largest_file(2**20):
        assert decode(files, LIMITS) == (2**20, before[1])


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    """Files of this process may not grow beyond `size`, which writes meet as a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
