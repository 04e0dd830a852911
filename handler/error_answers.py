"""Every error as JSON `{"message": ...}`, with the status that this one table gives it.

An answer never holds a traceback, a path, a bucket or a database's address: unless the table lets
an error's own text through, the answer has the table's sentence, and the text goes to the log.
"""

import json
import logging
from collections.abc import Callable
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from flask import Blueprint, Flask
from marshmallow import ValidationError
from terracotta.exceptions import (
    DatabaseNotWritableError,
    DatasetNotFoundError,
    InvalidArgumentsError,
    InvalidDatabaseError,
    InvalidKeyError,
)
from werkzeug import Response
from werkzeug.exceptions import HTTPException, InternalServerError

from handler import errors
from handler.settings import Settings

log = logging.getLogger(__name__)


class Answer(NamedTuple):
    """The status, and the sentence to say; None stands for the error's own text."""

    status: int
    sentence: str | None = None


_NO_DATABASE = Answer(503, "the database is not available at the moment: ask again soon")
_NO_RASTER = Answer(503, "the raster of this dataset cannot be read now: ask again soon")

ANSWERS: dict[type[Exception], Answer] = {
    errors.InvalidParameter: Answer(400),
    ValidationError: Answer(400),
    InvalidArgumentsError: Answer(400),
    InvalidKeyError: Answer(400),
    DatabaseNotWritableError: Answer(403, "this database is not writable"),
    errors.DatasetNotFound: Answer(404),
    DatasetNotFoundError: Answer(404),
    errors.NotCategorical: Answer(404),
    errors.OutsideRaster: Answer(404),
    errors.NoDates: Answer(404),
    errors.TooLarge: Answer(413),
    errors.RasterMissing: Answer(404, "the raster of this dataset no longer exists"),
    errors.DatabaseUnavailable: _NO_DATABASE,
    InvalidDatabaseError: _NO_DATABASE,
    errors.RasterUnavailable: _NO_RASTER,
    OSError: _NO_RASTER,  # rasterio's and GDAL's errors are OSErrors
    BotoCoreError: _NO_RASTER,
    ClientError: _NO_RASTER,
}


Write = Callable[[int, str], Response]


def answer_errors(app: Flask | Blueprint, settings: Settings, write: Write | None = None) -> None:
    """Makes `app` answer errors by the table; unexpected ones 500 with a neutral sentence.

    `write` makes the answer of a status and a sentence: JSON, unless a page is wanted.
    """
    write = write or _json
    for kind, answer in ANSWERS.items():
        app.register_error_handler(kind, _answering(answer, settings.retry_after, write))
    app.register_error_handler(HTTPException, _answering_http(write))


def _answering(answer: Answer, retry_after: int, write: Write) -> Callable[[Exception], Response]:
    def handle(error: Exception) -> Response:
        if answer.status >= 500:
            log.error("%s: %s", type(error).__name__, error, exc_info=error)
        response = write(answer.status, answer.sentence or str(error))
        if answer.status == 503:
            response.headers["Retry-After"] = str(retry_after)
        return response

    return handle


def _answering_http(write: Write) -> Callable[[HTTPException], HTTPException | Response]:
    """Flask's own errors (404, 405, 500...); a redirection stays one."""

    def handle(error: HTTPException) -> HTTPException | Response:
        if error.code is None or error.code < 400:
            return error
        if isinstance(error, InternalServerError):  # Flask has logged what was behind it
            return write(500, "something went wrong here, not with the request: it is in the log")
        response = write(error.code, error.description or error.name)
        allow = error.get_response().headers.get("Allow")
        if allow is not None:
            response.headers["Allow"] = allow
        return response

    return handle


def _json(status: int, message: str) -> Response:
    response = Response(json.dumps({"message": message}), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
