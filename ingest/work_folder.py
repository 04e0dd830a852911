"""A folder for one upload, and the end of those that a killed process left behind.

A process that runs out of time or memory leaves its files in the work folder, which the next one
(in Lambda often the same machine) needs. A folder in use is locked; the kernel lifts the lock with
the process that holds it, however it ends.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

_PREFIX = "terracotta-ingest-"


@contextmanager
def work_folder(parent: Path) -> Iterator[Path]:
    """An empty folder in `parent`, removed at the end; folders that nobody uses go before."""
    with ExitStack() as used:
        with _locked(parent, fcntl.LOCK_EX):  # one process at a time sweeps and makes its own
            for abandoned in parent.glob(f"{_PREFIX}*"):
                with suppress(OSError), _locked(abandoned, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    shutil.rmtree(abandoned)
            folder = Path(used.enter_context(TemporaryDirectory(prefix=_PREFIX, dir=parent)))
            used.enter_context(_locked(folder, fcntl.LOCK_EX))
        yield folder


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Raises BlockingIOError where another process has the folder, unless told to wait."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
