"""What the system uses while it works: memory and open files of each process, connections."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil
import psycopg2

from infra.local.system import NAME, System

INTERVAL = 1.0


@dataclass(frozen=True)
class Sample:
    """One process at one time; `role` says what it is for."""

    at: float
    role: str
    pid: int
    bytes: int
    files: int


@dataclass(frozen=True)
class Connections:
    """Database connections at one time, by user."""

    at: float
    by_user: dict[str, int]


class Monitor:
    """Looks every second."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._stopping = threading.Event()
        self.samples: list[Sample] = []
        self.connections: list[Connections] = []

    @contextmanager
    def watching(self) -> Iterator["Monitor"]:
        """From now to the end of the context."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stopping.set()
            thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(INTERVAL):
            now = time.monotonic()
            for role, pid in roles(self._system):
                with suppress(psutil.NoSuchProcess):
                    process = psutil.Process(pid)
                    used = process.memory_info().rss
                    self.samples.append(Sample(now, role, pid, used, process.num_fds()))
            with suppress(psycopg2.Error):  # a fault may keep even us out
                self.connections.append(Connections(now, count_connections(self._system)))


def roles(system: System) -> Iterator[tuple[str, int]]:
    """Each process that is watched, and what it is for."""
    for role, workers in zip(("tile API", "ingestion"), system.functions, strict=True):
        for pid in workers.pids:
            yield role, pid


def count_connections(system: System) -> dict[str, int]:
    """Connections to the system's database by user, but for the one that asks."""
    if system.postgres is None:
        return {}
    connection = psycopg2.connect(system.postgres.admin_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT usename FROM pg_stat_activity WHERE datname = %s", (NAME,))
            return dict(Counter(user for (user,) in cursor.fetchall()))
    finally:
        connection.close()
