"""The address under which the world reaches this API, for documents that hold whole URLs.

In this order: the setting HANDLER_PUBLIC_URL; the domain on which API Gateway says that it took
the request, with its stage; the request's Host. Only the last one is the caller's word: who puts a
cache in front of the API without API Gateway sets HANDLER_PUBLIC_URL, lest a forged Host be kept
for others. X-Forwarded-* headers are never believed.
"""

from collections.abc import Mapping
from typing import Any

from flask import Request

from categorical.errors import InvalidURL, shown
from categorical.urls.parts import check_base
from handler.errors import InvalidParameter

# The domain that every REST API has; any other one is mapped to a stage by its owner.
_OWN_DOMAIN = ".execute-api."


def base_url(request: Request, configured: str | None) -> str:
    """Scheme, host and path before the routes, without a slash at the end.

    Raises InvalidParameter for a Host that is none.
    """
    if configured is not None:
        return configured
    try:
        return check_base(_gateway_url(request) or request.url_root)
    except InvalidURL as error:
        raise InvalidParameter(f"the Host {shown(request.host)} is none") from error


def _gateway_url(request: Request) -> str | None:
    """As API Gateway has it in the event, which Zappa puts into the WSGI environment."""
    event = request.environ.get("lambda.event")
    context: Mapping[str, Any] = (event.get("requestContext") or {}) if event else {}
    domain = context.get("domainName")
    if not domain:
        return None
    own = _OWN_DOMAIN in domain
    # On a domain of the owner's the path before the routes is what Zappa was told (base_path).
    prefix = f"/{context.get('stage')}" if own else request.root_path
    return f"https://{domain}{prefix}"
