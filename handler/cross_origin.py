"""Which web pages may read the answers (CORS): those that Terracotta's settings allow."""

from collections.abc import Sequence

from flask import Blueprint, Flask
from flask_cors import CORS
from werkzeug import Response


def allow_origins(api: Blueprint, origins: Sequence[str]) -> None:
    """Lets pages of `origins` read what the views of `api` answer, errors too."""
    CORS(api, origins=list(origins), send_wildcard=True)


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
