"""HTML pages: their headers, and how their links find the API wherever it is mounted.

A page loads nothing but files, tiles and documents of the API it came from, and the base map's
tiles if there is one: its Content-Security-Policy allows no inline script or style.
"""

import json
from typing import Any

from flask import Request, Response, render_template, request

from handler import http_cache
from handler.basemap import basemap_origin
from handler.settings import Settings
from handler.static_files import StaticFiles


class Pages:
    """Renders templates with the addresses of `files`."""

    def __init__(self, files: StaticFiles, settings: Settings) -> None:
        self._files = files
        self._headers = _headers(settings.basemap_url)

    def answer(self, template: str, **values: Any) -> Response:
        """The page, or 304; browsers ask each time whether it is still the same."""
        body = self._render(template, values).encode()
        etag = http_cache.content_etag(body)
        return self._sealed(http_cache.answer(request, body, "text/html", etag, "no-cache"))

    def answer_error(self, status: int, sentence: str) -> Response:
        """The page that says what is wrong."""
        body = self._render("error.html", {"status": status, "sentence": sentence})
        response = Response(body, status, mimetype="text/html")
        response.headers["Cache-Control"] = "no-store"
        return self._sealed(response)

    def _render(self, template: str, values: dict[str, Any]) -> str:
        root = root_of(request)

        def static(name: str) -> str:
            return f"{root}{self._files.path(name)}"

        return render_template(template, root=root, static=static, **values)

    def _sealed(self, response: Response) -> Response:
        response.headers.update(self._headers)
        return response


def root_of(request: Request) -> str:
    """From the page back to the API's root, as a relative URL.

    So a page works under a stage's prefix, on a domain of one's own and behind any CDN.
    """
    return "../" * (request.path.count("/") - 1) or "./"


def missing_slash(request: Request) -> str | None:
    """The stage's name with a slash, relative, if API Gateway was asked for it without one.

    Relative links on the start page would lead nowhere from there.
    """
    event = request.environ.get("lambda.event") or {}
    asked = str((event.get("requestContext") or {}).get("path") or "/")
    return None if asked.endswith("/") else f"./{asked.rpartition('/')[2]}/"


def to_script(value: Any) -> str:
    """JSON that may stand in a <script> block."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _headers(basemap_url: str | None) -> dict[str, str]:
    elsewhere = f" {basemap_origin(basemap_url)}" if basemap_url else ""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' data:{elsewhere}",  # data: is Leaflet's empty picture
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
        "base-uri": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {to}" for name, to in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
    }
