"""The API's address in documents: what the operator says, what API Gateway says, or Host."""

from typing import Any

import pytest
from flask import Flask, Request
from werkzeug.test import EnvironBuilder

from handler.errors import InvalidParameter
from handler.public_url import base_url


def request(context: dict[str, Any] | None = None, **options: Any) -> Request:
    """A request as Zappa makes it from an event with this `requestContext`."""
    environ = EnvironBuilder("/tilejson/x.json", **options).get_environ()
    if context is not None:
        environ["lambda.event"] = {"requestContext": context}
    return Flask("test").request_class(environ)


REST = {"domainName": "abc.execute-api.eu-west-1.amazonaws.com", "stage": "prod"}


def test_the_setting_wins() -> None:
    assert base_url(request(REST), "https://tiles.example.com/v1") == "https://tiles.example.com/v1"


def test_api_gateway_names_its_domain_and_stage() -> None:
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    assert base_url(request(REST, headers=forged), None) == f"https://{REST['domainName']}/prod"


def test_a_domain_of_ones_own_is_mapped_to_the_stage() -> None:
    context = {"domainName": "tiles.example.com", "stage": "prod"}
    assert base_url(request(context), None) == "https://tiles.example.com"
    mapped = request(context, environ_overrides={"SCRIPT_NAME": "/maps"})
    assert base_url(mapped, None) == "https://tiles.example.com/maps"


@pytest.mark.parametrize("context", [None, {}, {"elb": {}}, {"domainName": None}])
def test_otherwise_the_host_that_was_asked(context: dict[str, Any] | None) -> None:
    asked = request(context, base_url="http://127.0.0.1:8000/local")
    assert base_url(asked, None) == "http://127.0.0.1:8000/local"


@pytest.mark.parametrize(
    "name", ["X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Forwarded"]
)
def test_forwarded_headers_are_not_believed(name: str) -> None:
    asked = request(base_url="http://api.example", headers={name: "evil.example"})
    assert base_url(asked, None) == "http://api.example"


@pytest.mark.parametrize("host", ['a"><script>', "a b", "a/b?c", "user@evil"])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(InvalidParameter, match="Host"):
        base_url(request(headers={"Host": host}), None)
