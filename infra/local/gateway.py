"""An HTTP server that does to requests and responses what REST API Gateway does.

It refuses what the real one refuses. Sources: "Amazon API Gateway important notes" (raw `{ } |` in
a URL), CloudFront's "Maximum length of a URL" (8,192 bytes; more is answered by 413 and the
connection closed), Lambda's quota for the payload of an invocation (6 MB each way, counted on the
JSON with its base64) and API Gateway's integration timeout (29 s).
"""

import json
import re
import sys
import threading
import uuid
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

from infra.errors import FunctionError, WorkerDied, WorkerTimedOut
from infra.local.ports import LOOPBACK
from infra.local.proxy_event import (
    Event,
    MalformedResponse,
    Request,
    Response,
    http_response,
    proxy_event,
)
from infra.local.worker import MAX_PAYLOAD_BYTES

MAX_URL_BYTES = 8_192
TIMEOUT_SECONDS = 29.0
FORBIDDEN = re.compile(r"[{}|]|[^\x21-\x7e]")
REMAPPED = {"connection", "content-length", "date", "server"}  # the gateway writes its own

Invoke = Callable[[Event, float], Any]


class Refused(Exception):
    """The gateway's own answer, without asking the function."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def check(request: Request) -> None:
    """Raise Refused for what never reaches the function."""
    host = next((value for name, value in request.headers if name.lower() == "host"), "")
    length = len(f"https://{host}{request.target}".encode("latin-1"))
    if length > MAX_URL_BYTES:
        raise Refused(413, f"URL of {length} bytes; at most {MAX_URL_BYTES} are allowed")
    if found := FORBIDDEN.search(request.target):
        encoded = quote(found.group(), encoding="latin-1")
        raise Refused(400, f"Bad Request: {found.group()!r} is written {encoded} in a URL")


def answer(request: Request, stage: str, invoke: Invoke) -> Response:
    """The response to a request: the function's, or the gateway's own."""
    try:
        check(request)
        event = proxy_event(request, stage)
        if event is None:
            raise Refused(403, f"Forbidden: everything is under /{stage}/")
        if request.body and len(json.dumps(event)) > MAX_PAYLOAD_BYTES:
            raise Refused(413, "Request Too Long")
        return http_response(invoke(event, TIMEOUT_SECONDS))
    except Refused as refusal:
        return own_response(refusal.status, str(refusal))
    except WorkerTimedOut:
        return own_response(504, "Endpoint request timed out")
    except (FunctionError, WorkerDied, MalformedResponse) as error:
        print(f"{request.method} {request.target}: {error}", file=sys.stderr, flush=True)
        return own_response(502, "Internal server error")


def own_response(status: int, text: str) -> Response:
    """A response of the gateway's own."""
    body = json.dumps({"message": text}).encode()
    return Response(status, (("Content-Type", "application/json"),), body)


class Gateway(ThreadingHTTPServer):
    """The server; port 0 picks a free one, and OSError says that the port is taken."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, stage: str) -> None:
        self.stage = stage
        self.invoke: Invoke | None = None
        super().__init__((LOOPBACK, port), Handler)

    def serve(self, invoke: Invoke) -> None:
        """Answer requests, in threads of their own; those that came earlier have waited."""
        self.invoke = invoke
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def answer(self, request: Request) -> Response:
        if self.invoke is None:
            raise RuntimeError("a gateway answers once it serves")
        return answer(request, self.stage, self.invoke)

    def server_close(self) -> None:
        if self.invoke:
            self.shutdown()
        super().server_close()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}/{self.stage}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nobody's fault; all else is told as usual."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Gateway
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of a response leave together
    timeout = 60

    def handle_method(self) -> None:
        try:
            request = Request(
                method=self.command,
                target=self.requestline.split()[1],  # self.path has slashes collapsed
                headers=tuple(self.headers.items()),
                body=self._body(),
                source_ip=self.client_address[0],
                port=self.server.server_port,
            )
        except Refused as refusal:
            self.close_connection = True
            self._write(own_response(refusal.status, str(refusal)))
            return
        self._write(self.server.answer(request))

    do_GET = do_HEAD = do_OPTIONS = handle_method  # noqa: N815 (http.server's names)
    do_POST = do_PUT = do_PATCH = do_DELETE = handle_method  # noqa: N815

    def _body(self) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise Refused(411, "Length Required: send Content-Length, not chunks")
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            raise Refused(400, "Bad Request: Content-Length is no number")
        if int(length) > MAX_PAYLOAD_BYTES:
            raise Refused(413, "Request Too Long")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionError("the client went away within its body")
        return body

    def _write(self, response: Response) -> None:
        self.close_connection |= response.status == 413
        self.send_response_only(response.status)
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        for name, value in response.headers:
            if name.lower() not in REMAPPED:
                self.send_header(name, value)
        self.send_header("Date", self.date_time_string())
        if response.status not in (204, 304):
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if getattr(self, "command", None) != "HEAD" and response.status not in (204, 304):
            self.wfile.write(response.body)

    def send_error(self, code: int, message: str | None = None, _: str | None = None) -> None:
        """What the HTTP parser refuses, in the gateway's own form."""
        self.close_connection = True
        self.request_version = self.protocol_version  # else it answers as HTTP/0.9 wants it
        text = message or HTTPStatus(code).phrase
        self._write(own_response(413 if code == HTTPStatus.REQUEST_URI_TOO_LONG else code, text))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the function logs its requests."""
