"""Answers about a dataset that browsers and CDNs may keep: JSON, pictures, files."""

import json
from typing import Any

from flask import Response, request

from handler import http_cache
from handler.catalog import Dataset

JSON = "application/json"


def answer_document(
    dataset: Dataset, document: dict[str, Any], max_age: int, mimetype: str = JSON
) -> Response:
    """`document` as JSON, kept by the caller as `answer_body` says."""
    return answer_body(dataset, to_json(document), mimetype, max_age)


def answer_body(dataset: Dataset, body: bytes, mimetype: str, max_age: int) -> Response:
    """`body`, or 304; for `max_age` seconds, or a year if the URL has the dataset's version."""
    cache = http_cache.cache_control(max_age, dataset.version, request.args.get("v"))
    return http_cache.answer(request, body, mimetype, http_cache.content_etag(body), cache)


def to_json(document: dict[str, Any]) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
