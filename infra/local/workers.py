"""Worker processes that serve one invocation each at a time, as Lambda's execution environments."""

import contextlib
import queue
import threading
import time
from collections.abc import Mapping
from typing import IO, Any

from infra.errors import FunctionError, StartFailed, WorkerDied, WorkerTimedOut
from infra.local.children import START_SECONDS, Child


class Workers:
    """A fixed number of processes that have imported a function; one that dies is replaced."""

    def __init__(
        self,
        function: str,
        count: int,
        environment: Mapping[str, str],
        log: IO[bytes] | None = None,
    ) -> None:
        """function is MODULE.NAME; StartFailed where it cannot be imported."""
        self._function = function
        self._environment = environment
        self._log = log
        self._idle: queue.LifoQueue[Child | None] = queue.LifoQueue()
        self._all: set[Child] = set()
        self._lock = threading.Lock()
        self._stopped = False
        try:
            for worker in [self._start() for _ in range(count)]:
                worker.call(None, START_SECONDS)  # answered as soon as the import is done
                self._idle.put(worker)
        except (WorkerDied, WorkerTimedOut) as error:
            self.stop()
            raise StartFailed(f"{function} did not start: {error}") from error
        except BaseException:
            self.stop()
            raise

    def invoke(self, event: Any, timeout: float) -> Any:
        """The function's result for an event, by the first worker that is free.

        FunctionError where it raises, WorkerDied where its process ends, WorkerTimedOut where
        there is no answer in time; the last two cost the worker, and a new one takes its place.
        """
        deadline = time.monotonic() + timeout
        worker = self._take(timeout)
        try:
            left = max(0.0, deadline - time.monotonic())
            answer = worker.call({"event": event, "seconds": left}, left)
        except (WorkerDied, WorkerTimedOut):
            self._replace(worker)
            raise
        self._idle.put(worker)
        if "error" in answer:
            raise FunctionError(answer["error"])
        return answer["result"]

    def _take(self, timeout: float) -> Child:
        """A worker that is free and, as far as one can tell, alive."""
        try:
            while (worker := self._idle.get(timeout=timeout)) and not worker.alive:
                self._replace(worker)
        except queue.Empty as error:
            raise WorkerTimedOut(f"no worker was free within {timeout:g} s") from error
        if worker is None:
            self._idle.put(None)  # for the next who waits
            raise WorkerDied("the workers were stopped")
        return worker

    @property
    def idle(self) -> int:
        """How many workers are free."""
        return self._idle.qsize()

    @property
    def pids(self) -> list[int]:
        return [worker.pid for worker in self._all]

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            workers, self._all = self._all, set()
        for worker in workers:
            worker.stop()
        self._idle.put(None)

    def _start(self) -> Child:
        with self._lock:
            if self._stopped:
                raise WorkerDied("the workers were stopped")
            worker = Child(
                "infra.local.worker", self._function, env=self._environment, log=self._log
            )
            self._all.add(worker)
            return worker

    def _replace(self, worker: Child) -> None:
        """A new process in a worker's place; its first call waits for its start."""
        worker.kill()
        worker.stop()
        self._all.discard(worker)
        with contextlib.suppress(WorkerDied):
            self._idle.put(self._start())
