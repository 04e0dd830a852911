"""The URL helper's URLs on the way of a request in AWS: gateway, event, Zappa, Werkzeug."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.wrappers import Request as WerkzeugRequest
from zappa.wsgi import create_wsgi_request

from categorical.urls import categorical_url, singleband_url
from infra.local.gateway import Refused, check
from infra.local.proxy_event import Request, proxy_event

BASE = "https://abc.execute-api.eu-west-1.amazonaws.com/prod"
HOST = (("Host", "abc.execute-api.eu-west-1.amazonaws.com"),)

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
keys = st.lists(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/?#%\\"),
        min_size=1,
        max_size=8,
    ).filter(lambda key: key == key.strip() and key not in (".", "..")),
    min_size=1,
    max_size=4,
)
colors = st.dictionaries(
    st.integers(-(2**63), 2**64 - 1), st.tuples(*[st.integers(0, 255)] * 4), min_size=1, max_size=5
)


def arrive(url: str) -> WerkzeugRequest:
    """What the application sees of a request for `url`."""
    parts = urlsplit(url)
    request = Request("GET", f"{parts.path}?{parts.query}", HOST)
    check(request)
    event = proxy_event(request, "prod")
    environ = create_wsgi_request(event, script_name="/prod", base_path=None, trailing_slash=False)
    return WerkzeugRequest(environ)


@given(keys, colors, texts)
def test_keys_and_colours_arrive_as_they_were_given(
    keys: list[str], colors: dict[int, Any], text: str
) -> None:
    request = arrive(singleband_url(BASE, keys, colors, tile=(3, 1, 2), color_transform=text))
    assert request.path == f"/singleband/{'/'.join(keys)}/3/1/2.png"
    assert request.args["colormap"] == "explicit"
    assert request.args["color_transform"] == text
    arrived = json.loads(request.args["explicit_color_map"])
    assert [int(value) for value in arrived] == sorted(colors)


@given(keys, st.lists(texts), st.none() | texts)
def test_labels_and_version_arrive_as_they_were_given(
    keys: list[str], show: list[str], version: str | None
) -> None:
    request = arrive(categorical_url(BASE, keys, tile=(3, 1, 2), show=show, version=version))
    assert request.path == f"/categorical/{'/'.join(keys)}/3/1/2.png"
    assert request.args.getlist("show") == show
    assert request.args.get("v") == version


def test_the_same_request_left_raw_does_not_arrive() -> None:
    with pytest.raises(Refused):
        arrive(f'{BASE}/singleband/a/3/1/2.png?colormap=explicit&explicit_color_map={{"0":"fff"}}')
