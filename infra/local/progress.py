"""Progress lines on standard error: what is being done, then how long it took."""

import contextlib
import sys
import time
from collections.abc import Iterator


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """`WHAT ... 0.6 s`, in two halves; the second is `failed` where the step raises."""
    print(f"{what} ... ", end="", file=sys.stderr, flush=True)
    began = time.monotonic()
    outcome = "failed"
    try:
        yield
        outcome = f"{time.monotonic() - began:.1f} s"
    finally:
        print(outcome, file=sys.stderr, flush=True)
