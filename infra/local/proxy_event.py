"""Requests and responses as REST API Gateway (v1) hands them to Lambda and takes them back.

The format: https://docs.aws.amazon.com/apigateway/latest/developerguide/ under "Lambda proxy
integrations". The resources are those that Zappa makes, `/` and `/{proxy+}`, with the binary media
type `*/*`, so that every body travels as base64.
"""

import base64
import binascii
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

Headers = tuple[tuple[str, str], ...]
Event = dict[str, Any]

# What concerns one connection only never reaches the function.
HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}


@dataclass(frozen=True)
class Request:
    """An HTTP request; the target is that of the request line, not decoded."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    port: int = 80


@dataclass(frozen=True)
class Response:
    """An HTTP response."""

    status: int
    headers: Headers
    body: bytes = b""


class MalformedResponse(Exception):
    """The function's result is no response; API Gateway answers 502."""


def proxy_event(request: Request, stage: str) -> Event | None:
    """The event for a request under `/STAGE`; None for one that lies elsewhere.

    `path` comes without the stage and still percent-encoded (Zappa decodes it); parameters of path
    and query come decoded.
    """
    target, _, query = request.target.partition("?")
    if target != f"/{stage}" and not target.startswith(f"/{stage}/"):
        return None
    path = target.removeprefix(f"/{stage}") or "/"
    proxy = path[1:]
    return {
        "resource": "/{proxy+}" if proxy else "/",
        "path": path,
        "httpMethod": request.method,
        **header_fields(request),
        **query_fields(query),
        "pathParameters": {"proxy": unquote(proxy)} if proxy else None,
        "stageVariables": None,
        "requestContext": request_context(request, stage, target, bool(proxy)),
        "body": base64.b64encode(request.body).decode() if request.body else None,
        "isBase64Encoded": bool(request.body),
    }


def header_fields(request: Request) -> dict[str, Any]:
    """`headers`, where the last of a name wins, and `multiValueHeaders`, with what AWS adds."""
    values: dict[str, list[str]] = {}
    for name, value in request.headers:
        if name.lower() not in HOP_BY_HOP:
            # Zappa asks for Host by this very name, as API Gateway writes it
            values.setdefault("Host" if name.lower() == "host" else name, []).append(value)
    lower = {name.lower(): name for name in values}
    client = values.pop(lower.get("x-forwarded-for", ""), [])
    values["X-Forwarded-For"] = [", ".join([*client, request.source_ip])]
    for name, value in (("X-Forwarded-Port", str(request.port)), ("X-Forwarded-Proto", "http")):
        values.pop(lower.get(name.lower(), ""), None)
        values[name] = [value]
    return {
        "headers": {name: every[-1] for name, every in values.items()},
        "multiValueHeaders": values,
    }


def query_fields(query: str) -> dict[str, Any]:
    """`queryStringParameters`, where the last of a name wins, and its multi-value form.

    A semicolon separates as an ampersand does, which is why it has to be encoded.
    """
    values: dict[str, list[str]] = {}
    for part in filter(None, query.replace(";", "&").split("&")):
        name, _, value = part.partition("=")
        values.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return {
        "queryStringParameters": {name: every[-1] for name, every in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
    }


def request_context(request: Request, stage: str, target: str, proxied: bool) -> dict[str, Any]:
    """`requestContext`: who asks, and for what; its path has the stage in front."""
    now = time.time()
    agents = [value for name, value in request.headers if name.lower() == "user-agent"]
    hosts = [value for name, value in request.headers if name.lower() == "host"]
    return {
        "resourceId": "local1" if proxied else "local0",
        "resourcePath": "/{proxy+}" if proxied else "/",
        "httpMethod": request.method,
        "extendedRequestId": uuid.uuid4().hex[:16],
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "requestTimeEpoch": int(now * 1000),
        "path": target,
        "accountId": "123456789012",
        "protocol": "HTTP/1.1",
        "stage": stage,
        "domainPrefix": "local",
        "domainName": hosts[0] if hosts else "local",
        "requestId": str(uuid.uuid4()),
        "apiId": "local",
        "identity": {
            "accessKey": None,
            "accountId": None,
            "caller": None,
            "cognitoAuthenticationProvider": None,
            "cognitoAuthenticationType": None,
            "cognitoIdentityId": None,
            "cognitoIdentityPoolId": None,
            "principalOrgId": None,
            "sourceIp": request.source_ip,
            "user": None,
            "userAgent": agents[-1] if agents else None,
            "userArn": None,
        },
    }


def http_response(result: Any) -> Response:
    """The response that a function's result stands for; MalformedResponse if it is none.

    Headers given in both forms are merged: a name's values in `multiValueHeaders` win.
    """
    if not isinstance(result, dict) or not isinstance(result.get("statusCode"), int):
        raise MalformedResponse("a response is an object with a numeric statusCode")
    headers = tuple(response_headers(result))
    return Response(result["statusCode"], headers, response_body(result))


def response_body(result: dict[str, Any]) -> bytes:
    """A result's body, decoded where it says that it is base64."""
    body = result.get("body")
    if not isinstance(body, str | None):
        raise MalformedResponse("a response's body is a string")
    if not result.get("isBase64Encoded"):
        return (body or "").encode()
    try:
        return base64.b64decode(body or "", validate=True)
    except binascii.Error as error:
        raise MalformedResponse("a response's body is not the base64 that it claims") from error


def response_headers(result: dict[str, Any]) -> list[tuple[str, str]]:
    """A result's headers in both forms, a pair for each value."""
    many = result.get("multiValueHeaders") or {}
    single = result.get("headers") or {}
    named = {name.lower() for name in many}
    pairs = [(name, value) for name, values in many.items() for value in values]
    pairs += [(name, value) for name, value in single.items() if name.lower() not in named]
    return [(name, str(value)) for name, value in pairs if name.lower() not in HOP_BY_HOP]
