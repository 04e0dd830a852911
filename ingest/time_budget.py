"""Work that must be over before the function's time is.

Python cannot stop a thread within GDAL, and Lambda kills the whole function, its batch with it. So
work goes on in a thread of its own, and who waits for it gives up in time. What was given up on may
still come to its end: that does no harm, since it looks at the bucket once more before it
registers anything. Until then it keeps the thread, so that there is never more than one at work.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ingest.errors import OutOfTime

Result = TypeVar("Result")


class TimeBudget:
    """Runs one piece of work at a time."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest")

    def run(self, work: Callable[[], Result], seconds: float | None) -> Result:
        """The result of `work`, or what it raises; OutOfTime after `seconds`, None for no limit."""
        if seconds is not None and seconds <= 0:
            raise OutOfTime("not begun: earlier uploads of the batch took the function's time")
        future = self._thread.submit(work)
        try:
            return future.result(seconds)
        except TimeoutError as error:
            if future.done():  # it is the work's own
                raise
            if future.cancel():
                raise OutOfTime("not begun: an earlier upload is still being worked on") from error
            raise OutOfTime(
                f"not done within {seconds:.0f} seconds. If that happens each time, register it "
                "from a machine that may take its time: python -m ingest register"
            ) from error
