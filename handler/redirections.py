"""Redirections (of a doubled slash, for example) that name no host.

Werkzeug writes the Host of the request into them, which is the caller's word: who keeps answers for
others would send them to wherever that caller liked.
"""

from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug import Response


def keep_host_out(app: Flask) -> None:
    """Makes `app` redirect by path alone."""

    @app.after_request
    def relative(response: Response) -> Response:
        parts = urlsplit(response.location or "")
        if parts.netloc and parts.netloc == request.host:
            response.location = parts._replace(scheme="", netloc="").geturl()
            response.set_data(b"")  # a page that has the same address
        return response
