"""Gates between the API and its servers: they count what passes, and can be shut."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"


class TcpGate:
    """Passes bytes on to `target`, a port; after `shut` it refuses, and cuts who is through."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._pairs: list[socket.socket] = []
        self.port = 0
        self.open()

    def open(self) -> None:
        """Lets through who comes, on the same port as before."""
        self._listener = socket.create_server((LOOPBACK, self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        """Refuses, and cuts who is through."""
        # A listener that another thread waits on goes on listening unless it is shut down first.
        _close(self._listener)
        self.cut()

    def cut(self) -> None:
        """Cuts who is through; new ones may come."""
        for end in self._pairs:
            _close(end)
        self._pairs.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection((LOOPBACK, self._target))
            self._pairs += [caller, server]
            for source, sink in ((caller, server), (server, caller)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shut()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    _close(source)
    _close(sink)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


class HttpGate:
    """Passes HTTP requests on to `target`, a port.

    `requests` has their first lines, `keys` the access keys they were signed with; `refuse`, if
    set, gives an answer (status, body) to a request by its access key instead.
    """

    def __init__(self, target: int) -> None:
        self.requests: list[str] = []
        self.refuse: Callable[[str], tuple[int, bytes] | None] = lambda _: None
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                gate.requests.append(f"{self.command} {self.path}")
                refusal = gate.refuse(_access_key(self.headers.get("Authorization", "")))
                status, body, headers = (
                    (*refusal, {}) if refusal else _fetch(target, self.path, dict(self.headers))
                )
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _fetch(port: int, path: str, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        kept = ("content-range", "etag", "last-modified", "accept-ranges", "content-type")
        passed = {name: value for name, value in response.getheaders() if name.lower() in kept}
        return response.status, response.read(), passed
    finally:
        connection.close()


def _access_key(authorization: str) -> str:
    """From `AWS4-HMAC-SHA256 Credential=KEY/20260101/...`."""
    return authorization.partition("Credential=")[2].partition("/")[0]
