"""A proxy on loopback that does to a connection what bad days do: errors, resets, delays, cuts.

It forwards bytes and knows no protocol, so it stands in front of S3 and PostgreSQL alike. A fault
waits for a request whose bytes its pattern matches: an HTTP request's head, or the text of a
statement.
"""

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from infra.local.ports import LOOPBACK

_CHUNK = 65_536
_HEAD = 8_192  # bytes of a request that patterns see; its body may be large
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on close, forget what is unsent and send RST
SLOW_DOWN = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 65\r\n"
    b"Connection: close\r\n\r\n"
    b"<Error><Code>SlowDown</Code><Message>reduce rate</Message></Error>"
)


@dataclass
class Fault:
    """What happens to the next `times` requests that match `pattern`.

    One of: `answer` is sent instead of forwarding the request; `reset` ends the connection at once;
    `cut_after` so many bytes of the answer it ends; `bytes_per_second` slows the answer down;
    `hold` keeps the request until `released` is set. `reached` is set when a request matched.
    """

    pattern: bytes
    times: int = 1
    answer: bytes = b""
    reset: bool = False
    cut_after: int | None = None
    bytes_per_second: float | None = None
    hold: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


class FaultProxy:
    """Forwards 127.0.0.1:`port` to another port of this machine, until a fault comes due."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._connections: list[_Connection] = []
        self.port = 0
        self.accept()

    def inject(self, fault: Fault) -> Fault:
        """From now on, to requests that match."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def relent(self) -> None:
        """No fault any more; what is held goes on."""
        with self._lock:
            for fault in self._faults:
                fault.times = 0
                fault.released.set()
            self._faults.clear()

    def accept(self) -> None:
        """Let new connections through, on the same port as before."""
        self._listener = socket.create_server((LOOPBACK, self.port))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Cut every connection and refuse new ones, as a server that is down."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            connection.end()
        self._connections.clear()

    def due(self, request: bytes) -> Fault | None:
        """The fault that befalls a request, which is one fewer to come."""
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and re.search(fault.pattern, request, re.DOTALL):
                    fault.times -= 1
                    fault.reached.set()
                    return fault
        return None

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                try:
                    server = socket.create_connection((LOOPBACK, self._upstream))
                except OSError:  # it is down, and may be up again for the next
                    client.close()
                    continue
                self._connections.append(_Connection(client, server, self.due))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.relent()
        self.refuse()


class _Connection:
    """One client's connection, and ours to the server for it."""

    def __init__(
        self, client: socket.socket, server: socket.socket, due: Callable[[bytes], Fault | None]
    ) -> None:
        self._client, self._server, self._due = client, server, due
        self._request = bytearray()
        self._fault: Fault | None = None  # one that the answer is to suffer
        self._answered = 0  # bytes of that answer
        for pump in (self._outward, self._homeward):
            threading.Thread(target=pump, daemon=True).start()

    def end(self) -> None:
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _outward(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._client.recv(_CHUNK):
                begun, self._request = len(self._request), (self._request + data)[:_HEAD]
                if begun < _HEAD and (fault := self._due(bytes(self._request))):
                    self._request.clear()
                    self._suffer(fault)
                self._server.sendall(data)
        self.end()

    def _suffer(self, fault: Fault) -> None:
        if fault.hold:
            fault.released.wait()
        elif fault.answer:
            self._client.sendall(fault.answer)
            self.end()
        elif fault.reset:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._client.close()
            raise ConnectionResetError
        else:
            self._fault = fault

    def _homeward(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._server.recv(_CHUNK):
                self._request.clear()
                self._send_home(data)
        self.end()

    def _send_home(self, data: bytes) -> None:
        fault = self._fault
        if fault is None:
            self._client.sendall(data)
        elif fault.cut_after is not None:
            self._client.sendall(data[: max(0, fault.cut_after - self._answered)])
            self._answered += len(data)
            if self._answered >= fault.cut_after:
                raise ConnectionAbortedError
        elif fault.bytes_per_second:
            step = max(1, int(fault.bytes_per_second / 20))
            for start in range(0, len(data), step):
                self._client.sendall(data[start : start + step])
                time.sleep(step / fault.bytes_per_second)
