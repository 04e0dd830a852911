"""Answers that browsers and CDNs may keep: strong ETags, 304, Cache-Control (RFC 9110, RFC 9111).

What the ingestion published is immutable, so a tile's ETag is known before its raster is opened:
it comes from the path, which holds a hash of the content, and from all else that shapes the pixels.
"""

from hashlib import blake2b

from flask import Request, Response

IMMUTABLE = "public, max-age=31536000, immutable"


def make_etag(*parts: object) -> str:
    """A strong ETag: the same for the same parts, another for others."""
    return f'"{blake2b(repr(parts).encode(), digest_size=16).hexdigest()}"'


def content_etag(body: bytes) -> str:
    """The ETag of an answer of which nothing is known before it is made."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def has_it(request: Request, etag: str) -> bool:
    """Whether the caller holds the answer with this ETag already: then 304 will do.

    A CDN that compresses weakens ETags, so weak ones match as well, as RFC 9110 wants it.
    """
    held = request.environ.get("HTTP_IF_NONE_MATCH")
    return held is not None and request.if_none_match.contains_weak(etag.strip('"'))


def cache_control(max_age: int, version: str | None, asked: str | None) -> str:
    """For a year if the caller asked for this very version, otherwise for `max_age` seconds.

    A stale or mistyped version must not stick.
    """
    if version is not None and asked == version:
        return IMMUTABLE
    return f"public, max-age={max_age}"


def answer(request: Request, body: bytes, mimetype: str, etag: str, cache: str) -> Response:
    """200 with `body`, or 304 if the caller holds it."""
    if has_it(request, etag):
        return not_modified(etag, cache)
    return Response(body, mimetype=mimetype, headers={"ETag": etag, "Cache-Control": cache})


def not_modified(etag: str, cache: str) -> Response:
    """304, with the headers that renew what the caller holds."""
    response = Response(status=304, headers={"ETag": etag, "Cache-Control": cache})
    del response.headers["Content-Type"]
    return response
