"""Ways into a peer: what is prepared untimed, the call that is timed, what is read afterwards."""

import asyncio
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

Timed = Callable[[], Any]


class Entry(Protocol):
    """A peer as its client finds it."""

    def prepare(self, url: str) -> Timed:
        """The call that answers this URL (path and query)."""

    def read(self, response: Any) -> tuple[int, bytes]:
        """Status code and body of what the call gave."""


class Wsgi:
    """A WSGI application, called as a server calls it: environ in, all of the body out."""

    def __init__(self, target: str) -> None:
        from werkzeug.test import EnvironBuilder

        self._app = load(target)
        self._builder = EnvironBuilder

    def prepare(self, url: str) -> Timed:
        path, _, query = url.partition("?")
        environ = self._builder(
            path, query_string=query, headers=list(_BROWSER.items())
        ).get_environ()
        return lambda: self._call(environ)

    def read(self, response: tuple[str, bytes]) -> tuple[int, bytes]:
        return int(response[0].split()[0]), response[1]

    def _call(self, environ: dict[str, Any]) -> tuple[str, bytes]:
        started: list[str] = []
        chunks: Iterable[bytes] = self._app(environ, lambda status, *_: started.append(status))
        try:
            body = b"".join(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
        return started[0], body


class Lambda:
    """Zappa's own entry point with a REST API (v1) event, as AWS Lambda calls it.

    Zappa's settings are ours for any application. The event is made, and the response's base64
    decoded, outside of the timed call.
    """

    def __init__(self, target: str) -> None:
        from infra.local import proxy_event
        from infra.local.worker import Context

        settings: Any = import_module("zappa_settings")
        settings.APP_MODULE, _, settings.APP_FUNCTION = target.partition(":")
        self._stage = settings.API_STAGE
        self._handler = load("zappa.handler:lambda_handler")
        self._gateway, self._context = proxy_event, Context

    def prepare(self, url: str) -> Timed:
        target, headers = f"/{self._stage}{url}", tuple(_BROWSER.items())
        request = self._gateway.Request("GET", target, headers, source_ip="192.0.2.1")
        event, context = self._gateway.proxy_event(request, self._stage), self._context()
        return lambda: self._handler(event, context)

    def read(self, response: Any) -> tuple[int, bytes]:
        answer = self._gateway.http_response(response)
        return answer.status, answer.body


class Asgi:
    """An ASGI application, called directly: no client, no server, one event loop."""

    def __init__(self, target: str) -> None:
        self._app = load(target)
        self._loop = asyncio.new_event_loop()

    def prepare(self, url: str) -> Timed:
        parts = urlsplit(url)
        headers = [(name.lower().encode(), value.encode()) for name, value in _BROWSER.items()]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": unquote(parts.path), "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(), "root_path": "", "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        return lambda: self._loop.run_until_complete(self._call(scope))

    def read(self, response: list[dict[str, Any]]) -> tuple[int, bytes]:
        return response[0]["status"], b"".join(part.get("body", b"") for part in response[1:])

    async def _call(self, scope: dict[str, Any]) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return sent


class Direct:
    """A Python function of a URL that gives a PNG."""

    def __init__(self, target: str) -> None:
        self._function = load(target)

    def prepare(self, url: str) -> Timed:
        return self._function(url)  # type: ignore[no-any-return]

    def read(self, response: bytes) -> tuple[int, bytes]:
        return 200, response


def load(target: str) -> Any:
    """The object that `module:name` names."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


# What a browser's request for a tile brings to a function behind a regional REST API.
_BROWSER = {
    "Accept": "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.5",
    "Host": "abcdef1234.execute-api.eu-west-1.amazonaws.com",
    "Referer": "https://maps.example.org/",
    "Sec-Fetch-Dest": "image",
    "Sec-Fetch-Mode": "no-cors",
    "Sec-Fetch-Site": "cross-site",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "X-Amzn-Trace-Id": "Root=1-67890abc-0123456789abcdef01234567",
}
ENTRIES: dict[str, Callable[[str], Entry]] = {
    "wsgi": Wsgi,
    "lambda": Lambda,
    "asgi": Asgi,
    "direct": Direct,
}
