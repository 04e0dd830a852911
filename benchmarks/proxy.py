"""Counting proxies on loopback: what a peer really sends to S3 and to PostgreSQL.

They forward every byte and read along what the client sends, so they count whatever library sends
it. For counting only: they cost time.
"""

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable

Scan = Callable[[bytearray], list[str]]
_REQUEST = re.compile(rb"(GET|HEAD|PUT|POST|DELETE) (\S+) HTTP/1\.1\r\n(.*?\r\n)\r\n", re.DOTALL)
_RANGE = re.compile(rb"^range: *bytes=(\S+)", re.IGNORECASE | re.MULTILINE)


def http_requests(received: bytearray) -> list[str]:
    """The requests complete in `received`, as "GET /bucket/key 0-32767"; they are taken out.

    Of a request with a body, the body stays until the next one is complete.
    """
    found = []
    while match := _REQUEST.search(received):
        span = _RANGE.search(match[3])
        parts = [match[1], match[2], *([span[1]] if span else [])]
        found.append(b" ".join(parts).decode())
        del received[: match.end()]
    return found


def sql_statements(received: bytearray) -> list[str]:
    """The texts of the simple queries complete in `received`; all complete messages are taken out.

    PostgreSQL's protocol: a start-up message has a four-byte length in front, whose first byte is
    0; every other one has a letter in front of that, Q for a query.
    https://www.postgresql.org/docs/current/protocol-message-formats.html
    """
    found = []
    while len(received) >= 5:
        typed = received[0] != 0
        (length,) = struct.unpack_from(">I", received, 1 if typed else 0)
        end = length + typed
        if len(received) < end:
            break
        if received[0] == ord("Q"):
            found.append(received[5:end].rstrip(b"\0").decode(errors="replace"))
        del received[:end]
    return found


def is_query(statement: str) -> bool:
    """Whether a statement asks for data, rather than opens a connection or bounds a transaction."""
    text = " ".join(statement.lower().split()).rstrip(";")
    return bool(text) and not re.match(_OTHERS, text)


_OTHERS = (
    r"(begin|commit|rollback|set|show|discard)\b"
    r"|select (pg_catalog\.version\(\)|current_schema\(\)|1)$"
)


class CountingProxy:
    """Forwards 127.0.0.1:`port` to the upstream; `seen` are the requests so far."""

    def __init__(self, host: str, port: int, scan: Scan) -> None:
        self._upstream, self._scan = (host, port), scan
        self._seen: list[str] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def taken(self) -> list[str]:
        """The requests since the last call."""
        with self._lock:
            seen, self._seen = self._seen, []
        return seen

    def close(self) -> None:
        """No more connections; those open end with their clients."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                upstream = socket.create_connection(self._upstream)
                for pump in (self._outward, self._homeward):
                    threading.Thread(target=pump, args=(client, upstream), daemon=True).start()

    def _outward(self, client: socket.socket, upstream: socket.socket) -> None:
        """From client to upstream, counted before it is sent on."""
        received = bytearray()
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                received += data
                with self._lock:
                    self._seen += self._scan(received)
                upstream.sendall(data)
            upstream.shutdown(socket.SHUT_WR)

    def _homeward(self, client: socket.socket, upstream: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := upstream.recv(65536):
                client.sendall(data)
        client.close()
        upstream.close()
