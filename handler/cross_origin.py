"""Which web pages may read the answers (CORS): all, unless Terracotta's settings name some.

`TC_ALLOWED_ORIGINS_METADATA` is for JSON and files, `TC_ALLOWED_ORIGINS_TILES` for pictures.
"""

import os
from collections.abc import Sequence
from typing import Any

import terracotta
from flask import Blueprint, Flask, request
from flask_cors import CORS
from flask_cors.core import get_cors_options, set_cors_headers
from werkzeug import Response

_PREFLIGHT_SECONDS = 600
_ELSEWHERE = (None, "spec_api")


def allow_origins(api: Blueprint, origins: Sequence[str]) -> None:
    """Lets pages of `origins` read what the views of `api` answer, errors too."""
    CORS(api, **_options(origins))


def _options(origins: Sequence[str]) -> dict[str, Any]:
    """Flask-cors' options: scripts may see when to ask again, browsers remember a preflight."""
    return {
        "origins": list(origins),
        "send_wildcard": True,
        "expose_headers": ["ETag", "Retry-After"],
        "max_age": _PREFLIGHT_SECONDS,
    }


def allow_tiles() -> None:
    """Lets all pages read tiles, as Terracotta lets them read metadata, if nobody set otherwise.

    Its own default is pages on localhost. But OpenLayers, MapLibre and deck.gl fetch tiles, and
    would show an empty map on any other site.
    """
    if "TC_ALLOWED_ORIGINS_TILES" not in os.environ:
        terracotta.update_settings(ALLOWED_ORIGINS_TILES=["*"])


def allow_elsewhere(app: Flask, origins: Sequence[str]) -> None:
    """The same for what no view of an API answers: that there is no such route or method, and the
    OpenAPI document.
    """
    options = get_cors_options(app, _options(origins))

    @app.after_request
    def allow(response: Response) -> Response:
        if request.blueprint in _ELSEWHERE:
            set_cors_headers(response, options)
        return response


def vary_by_origin(app: Flask) -> None:
    """Tells caches whenever an answer is not for every origin.

    flask-cors says so only if the origin was allowed. But an answer kept without its header, for an
    <img> say, would later be given to a page that may read it, and the page would be refused.
    """

    @app.after_request
    def vary(response: Response) -> Response:
        if response.headers.get("Access-Control-Allow-Origin") != "*":
            response.vary.add("Origin")
        return response
