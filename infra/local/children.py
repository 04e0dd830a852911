"""Child processes that end with their parent, however it dies.

A child's standard input is one end of a socket pair; the other end lives in the parent alone.
Messages go over it in both directions, and its closing is the child's order to stop. The kernel
closes it also when the parent is killed, so nothing is left behind, without process groups, signals
or a file of process ids.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import IO, Any, NoReturn, cast

from infra.errors import StartFailed, WorkerDied, WorkerTimedOut

START_SECONDS = 60.0
STOP_SECONDS = 15.0


class Child:
    """A running ``python -m MODULE``, and the line to it.

    The log is what the child prints, standard output and error alike; without one it goes to a
    nameless file.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        log: IO[bytes] | None = None,
    ) -> None:
        self._own_log = None if log else tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop)
        self._log = log or cast("IO[bytes]", self._own_log)
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=theirs.fileno(),
                stdout=self._log,
                stderr=subprocess.STDOUT,
                env=env,
                start_new_session=True,  # Ctrl-C is for the parent, which stops us in order
            )
        self._line = Connection(os.dup(self._socket.fileno()))

    @property
    def pid(self) -> int:
        return int(self._process.pid)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def call(self, message: Any, timeout: float) -> Any:
        """The child's answer to a message, both JSON; WorkerDied or WorkerTimedOut if none."""
        try:
            self._line.send_bytes(json.dumps(message).encode())
        except OSError as error:
            raise WorkerDied(self._last_words()) from error
        return self.receive(timeout)

    def receive(self, timeout: float) -> Any:
        """The child's next message."""
        try:
            if not self._line.poll(timeout):
                raise WorkerTimedOut(f"no answer within {timeout:g} s")
            return json.loads(self._line.recv_bytes())
        except (EOFError, OSError) as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)  # it is about to end, and to say why
            raise WorkerDied(self._last_words()) from error

    def ready(self, what: str, timeout: float = START_SECONDS) -> Any:
        """The child's first message: it is ready. StartFailed, with its last words, otherwise."""
        try:
            return self.receive(timeout)
        except (WorkerDied, WorkerTimedOut) as error:
            self.stop()
            raise StartFailed(f"{what} did not start: {error}") from error

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """Ask the child to end and wait for it; kill it where it does not."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that still waits for an answer
        self._socket.close()
        self._line.close()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        if self._own_log:
            self._own_log.close()

    def kill(self) -> None:
        """End the child at once, and what it started (unless that left its process group)."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def _last_words(self) -> str:
        try:  # pread: the child writes where our common file position stands
            size = os.fstat(self._log.fileno()).st_size
            tail = os.pread(self._log.fileno(), 4096, max(0, size - 4096))
        except (ValueError, OSError):  # another thread has stopped the child and closed the log
            return "it was stopped"
        lines = tail.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


class Parent:
    """The parent's side, seen from within the child."""

    def __init__(self) -> None:
        self._line = Connection(os.dup(0))
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 (a file descriptor is wanted)
            os.dup2(nothing.fileno(), 0)

    def send(self, message: Any) -> None:
        self._line.send_bytes(json.dumps(message).encode())

    def receive(self) -> Any:
        """The parent's next message; EOFError when the parent wants us to stop, or is gone."""
        try:
            return json.loads(self._line.recv_bytes())
        except ConnectionResetError as error:
            raise EOFError from error

    def end(self) -> NoReturn:
        """End this process at once, whatever its threads are doing, and what it started."""
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(0)

    def wait(self) -> None:
        """Return when the parent wants us to stop, or is gone."""
        try:
            while True:
                self.receive()
        except EOFError:
            return
