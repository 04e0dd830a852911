"""What Lambda would not give back is refused with a sentence."""

import pytest
from flask.testing import FlaskClient

from tests.handler.conftest import DATASET, PUBLISHED, Registry, Serve

PATH = "/".join(DATASET)
PAGE = {"Origin": "https://maps.example"}


@pytest.fixture
def small(client: FlaskClient, sqlite: Registry, serve: Serve) -> FlaskClient:
    """The API where answers may have 300 bytes."""
    return serve(sqlite.url.removeprefix("sqlite:///"), HANDLER_MAX_ANSWER_BYTES="300")


@pytest.mark.parametrize(
    "url", [f"/classes/{PATH}", f"/categorical/{PATH}/9/277/174.png", f"/export/{PATH}.qml"]
)
def test_a_large_answer_is_refused(small: FlaskClient, client: FlaskClient, url: str) -> None:
    size = len(client.get(url).data)
    response = small.get(url, headers=PAGE)
    assert response.status_code == 413
    assert response.get_json() == {
        "message": f"the answer has {size:,} bytes, more than 300: ask for less"
    }
    assert response.content_length == len(response.data)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert not {"ETag", "Content-Disposition"} & set(response.headers.keys())


def test_a_small_one_is_not(small: FlaskClient) -> None:
    assert small.get(f"/point/{PATH}?lon=15.1&lat=49.6").status_code == 200


def test_very_many_classes_with_long_labels(sqlite: Registry, serve: Serve) -> None:
    """Some six megabytes, which Lambda would lose without a word."""
    first = PUBLISHED["classes"][0]
    classes = [
        {**first, "value": value, "name": f"c{value}", "title": f"{value} {'x' * 490}"}
        for value in range(10_000)
    ]
    sqlite.register("/many.tif", {**PUBLISHED, "classes": classes})
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    assert client.get(f"/classes/{PATH}").status_code == 413
