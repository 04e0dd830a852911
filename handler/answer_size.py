"""Answers that are larger than Lambda gives back, refused with a sentence.

Lambda's answer may have 6 MB, as JSON in which quotation marks take two bytes and pictures a third
more: of what is larger the caller would get a 502 without a word.
"""

from flask import Flask
from werkzeug import Response

from handler.documents import JSON, to_json
from handler.settings import Settings


def bound_answers(app: Flask, settings: Settings) -> None:
    """Makes `app` answer 413 instead, to pages of the same origins."""
    most = settings.max_answer_bytes

    @app.after_request
    def bound(response: Response) -> Response:
        size = response.content_length or 0
        if size > most and not response.direct_passthrough:
            _refuse(response, size, most)
        return response


def _refuse(response: Response, size: int, most: int) -> None:
    for name in ("ETag", "Content-Disposition"):
        response.headers.pop(name, None)
    response.headers["Cache-Control"] = "no-store"
    response.status_code, response.mimetype = 413, JSON
    response.set_data(
        to_json({"message": f"the answer has {size:,} bytes, more than {most:,}: ask for less"})
    )
