"""Events and responses in API Gateway's form, held against an event as the service documents it."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.proxy_event import (
    MalformedResponse,
    Request,
    http_response,
    proxy_event,
)

DOCUMENTED = json.loads((Path(__file__).parents[2] / "events/apigateway_v1_get.json").read_text())
HOST = "wt6mne2s9k.execute-api.eu-central-1.amazonaws.com"


def request(target, *, method="GET", headers=(), body=b""):
    return Request(method, target, (("Host", HOST), *headers), body, source_ip="203.0.113.7")


def event(target, **details):
    return proxy_event(request(target, **details), "production")


def changes(value):
    """An event without what differs from one request, or one deployment, to the next."""
    ours = {"resourceId", "extendedRequestId", "requestTime", "requestTimeEpoch", "requestId"}
    ours |= {"domainPrefix", "deploymentId", "apiId"}
    headers = {"X-Amzn-Trace-Id", "X-Forwarded-Port", "X-Forwarded-Proto"}
    if isinstance(value, dict):
        return {k: changes(v) for k, v in value.items() if k not in ours | headers}
    return value


def test_event_equals_the_documented_one():
    built = event(
        "/production/metadata/categorical/S2/20181010/cloud%20mask"
        "?show=clear%20land&show=cloud+shadow&v=",
        headers=(("User-Agent", "curl/8.5.0"), ("Accept", "application/json")),
    )
    assert changes(built) == changes(DOCUMENTED)


@pytest.mark.parametrize("target", ["/", "/datasets", "/productions/x", "/other/datasets"])
def test_nothing_lies_outside_the_stage(target):
    assert event(target) is None


@pytest.mark.parametrize("target", ["/production", "/production/", "/production?a=1"])
def test_the_stage_itself_is_the_root_resource(target):
    built = event(target)
    assert (built["resource"], built["path"], built["pathParameters"]) == ("/", "/", None)
    assert built["requestContext"]["resourcePath"] == "/"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_path_stays_encoded_and_parameters_come_decoded(text):
    encoded = quote(text, safe="")
    built = event(f"/production/{encoded}?show={encoded}")
    assert built["path"] == f"/{encoded}"
    assert built["pathParameters"] == {"proxy": text}
    assert built["queryStringParameters"] == {"show": text}


def test_no_query_is_null():
    built = event("/production/keys?")
    assert built["queryStringParameters"] is None
    assert built["multiValueQueryStringParameters"] is None


def test_a_raw_semicolon_splits_the_query():
    built = event("/production/x?a=1;b=2&c=3%3B4")
    assert built["queryStringParameters"] == {"a": "1", "b": "2", "c": "3;4"}


def test_repeated_headers_keep_all_values_and_the_last_alone():
    built = event("/production/x", headers=(("X-A", "1"), ("X-A", "2"), ("Connection", "close")))
    assert built["headers"]["X-A"] == "2"
    assert built["multiValueHeaders"]["X-A"] == ["1", "2"]
    assert "Connection" not in built["headers"]


def test_the_host_header_has_the_name_zappa_asks_for():
    built = proxy_event(Request("GET", "/production/x", (("host", "example.org"),)), "production")
    assert built["headers"]["Host"] == "example.org"


def test_forged_forwarding_headers_do_not_count():
    forged = (("x-forwarded-for", "10.0.0.1"), ("X-forwarded-proto", "gopher"))
    headers = event("/production/x", headers=forged)["headers"]
    assert headers["X-Forwarded-For"] == "10.0.0.1, 203.0.113.7"
    assert headers["X-Forwarded-Proto"] == "http"
    assert len([name for name in headers if name.lower().startswith("x-forwarded-")]) == 3


@given(st.binary(min_size=1))
def test_a_body_travels_as_base64(body):
    built = event("/production/statistics/a", method="POST", body=body)
    assert built["isBase64Encoded"] is True
    assert base64.b64decode(built["body"]) == body


@given(st.binary())
def test_a_base64_response_is_decoded(body):
    result = {"statusCode": 200, "isBase64Encoded": True, "body": base64.b64encode(body).decode()}
    assert http_response(result).body == body


def test_a_text_response_is_utf_8():
    response = http_response({"statusCode": 404, "body": "Größe"})
    assert (response.status, response.body) == (404, "Größe".encode())


def test_values_of_many_win_over_the_single_header():
    response = http_response(
        {
            "statusCode": 200,
            "headers": {"vary": "Origin", "X-One": 1},
            "multiValueHeaders": {"Vary": ["Origin", "Accept"], "Connection": ["close"]},
        }
    )
    assert response.headers == (("Vary", "Origin"), ("Vary", "Accept"), ("X-One", "1"))


@pytest.mark.parametrize(
    "result",
    [
        None,
        "x",
        {},
        {"statusCode": 200, "body": {}},
        {"statusCode": 200, "body": "no base64", "isBase64Encoded": True},
    ],
)
def test_anything_else_is_no_response(result):
    with pytest.raises(MalformedResponse):
        http_response(result)
