"""The files that browsers load from us: /static."""

import re
from collections.abc import Callable

import terracotta
from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import NotFound

from handler import http_cache
from handler.cross_origin import allow_origins
from handler.settings import Settings
from handler.static_files import CLIENT, TYPES, StaticFiles

View = Callable[..., Response]

_VERSION = re.compile("[0-9a-f]{16}")


class StaticViews:
    """The views of `files`."""

    def __init__(self, files: StaticFiles, settings: Settings) -> None:
        self._files, self._max_age = files, settings.metadata_max_age

    @property
    def documented(self) -> tuple[View, ...]:
        """The views that belong in the OpenAPI document."""
        return self.get_client, self.get_types, self.get_file

    def register(self, app: Flask) -> None:
        """Adds our part of /static to `app`; Terracotta's stays."""
        api = Blueprint("file_api", __name__)
        allow_origins(api, terracotta.get_settings().ALLOWED_ORIGINS_METADATA)
        api.add_url_rule(f"/static/{CLIENT}", view_func=self.get_client)
        api.add_url_rule(f"/static/{TYPES}", view_func=self.get_types)
        api.add_url_rule("/static/<version>/<path:name>", view_func=self.get_file)
        app.register_blueprint(api)

    def get_client(self) -> Response:
        """Return the JavaScript client
        ---
        get:
            summary: /static/categorical.js
            description: >
                Return the ES module that makes tile URLs, a legend and layer options. The address
                that TileJSON names as `client` holds its version and may be kept for a year.
            responses: {200: script, 304: unchanged}
        """
        return self._answer(CLIENT, None)

    def get_types(self) -> Response:
        """Return the types of the JavaScript client
        ---
        get:
            summary: /static/categorical.d.ts
            description: Return the TypeScript declarations of `categorical.js`.
            responses: {200: text, 304: unchanged}
        """
        return self._answer(TYPES, None)

    def get_file(self, version: str, name: str) -> Response:
        """Return a file of a version
        ---
        get:
            summary: /static (versioned)
            description: >
                Return a file of the JavaScript client or the map page. With the version that is
                served now it may be kept for a year; with an older one the file is today's, and
                is kept as shortly as without.
            parameters: [version, name]
            responses: {200: script, 304: unchanged, 404: unknown}
        """
        if not _VERSION.fullmatch(version):
            raise NotFound(f"/static/{version[:32]}/ is no version of the files here")
        return self._answer(name, version)

    def _answer(self, name: str, version: str | None) -> Response:
        file = self._files.get(name)
        if file is None:
            raise NotFound("there is no such file: see categorical.js")
        cache = http_cache.cache_control(self._max_age, self._files.version, version)
        packed = request.accept_encodings["gzip"] > 0
        body = file.compressed if packed else file.body
        response = http_cache.answer(
            request, body, file.mimetype, http_cache.content_etag(body), cache
        )
        response.vary.add("Accept-Encoding")
        response.headers["X-Content-Type-Options"] = "nosniff"
        if packed and response.status_code == 200:
            response.headers["Content-Encoding"] = "gzip"
        return response
