"""Answers about a dataset that browsers and CDNs may keep: JSON, pictures, files."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, request

from handler import http_cache
from handler.catalog import Dataset

JSON = "application/json"

# To be raised when the same request is answered otherwise: callers keep answers by it.
COMPUTED_VERSION = 1


def answer_document(
    dataset: Dataset, document: dict[str, Any], max_age: int, mimetype: str = JSON
) -> Response:
    """`document` as JSON, kept by the caller as `answer_body` says."""
    return answer_body(dataset, to_json(document), mimetype, max_age)


def answer_body(dataset: Dataset, body: bytes, mimetype: str, max_age: int) -> Response:
    """`body`, or 304; for `max_age` seconds, or a year if the URL has the dataset's version."""
    cache = http_cache.cache_control(max_age, dataset.version, request.args.get("v"))
    return http_cache.answer(request, body, mimetype, http_cache.content_etag(body), cache)


def answer_computed(
    datasets: Sequence[Dataset],
    compute: Callable[[], dict[str, Any]],
    max_age: int,
    *depends_on: object,
) -> Response:
    """What `compute` makes of these datasets, and what else it depends on, for this URL, or 304.

    Nothing is computed for a caller who has it, if all datasets were published by the ingestion:
    then their versions tell. A URL with the version of one that nothing else goes with may be kept
    for a year.
    """
    versions = [dataset.version for dataset in datasets]
    alone = len(versions) == 1 and not depends_on
    cache = http_cache.cache_control(max_age, versions[0] if alone else None, request.args.get("v"))
    if None in versions:
        body = to_json(compute())
        return http_cache.answer(request, body, JSON, http_cache.content_etag(body), cache)
    etag = http_cache.make_etag(COMPUTED_VERSION, request.full_path, depends_on, *versions)
    if http_cache.has_it(request, etag):
        return http_cache.not_modified(etag, cache)
    return http_cache.answer(request, to_json(compute()), JSON, etag, cache)


def answer_once(document: dict[str, Any]) -> Response:
    """`document` as JSON that nobody keeps: the answer to a body, which no cache looks at."""
    return Response(to_json(document), mimetype=JSON, headers={"Cache-Control": "no-store"})


def to_json(document: dict[str, Any]) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
