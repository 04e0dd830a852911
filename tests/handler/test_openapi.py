"""/swagger.json describes every endpoint, and is a valid OpenAPI document."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV30SpecValidator

from tests.handler.conftest import DATASET


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/swagger.json").get_json()
    return found


def test_it_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.0.3"
    assert [error.message for error in OpenAPIV30SpecValidator(document).iter_errors()] == []


def test_terracottas_endpoints_and_ours(document: dict[str, Any]) -> None:
    assert {
        "/keys",
        "/datasets",
        "/metadata/{keys}",
        "/colormap",
        "/singleband/{keys}/{tile_z}/{tile_x}/{tile_y}.png",
        "/rgb/{keys}/{tile_z}/{tile_x}/{tile_y}.png",
        "/compute/{keys}/{tile_z}/{tile_x}/{tile_y}.png",
        "/categorical/{keys}/{tile_z}/{tile_x}/{tile_y}.png",
        "/categorical/{keys}/preview.png",
        "/classes/{keys}",
        "/legend/{keys}.json",
    } <= set(document["paths"])


def test_every_one_of_our_rules_is_described(client: FlaskClient, document: dict[str, Any]) -> None:
    ours = {
        rule.rule.replace("<path:", "{").replace("<int:", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
        if rule.endpoint.endswith(("_api.get_categorical", "_api.get_classes", "_api.get_legend"))
    }
    assert len(ours) == 3
    assert ours <= set(document["paths"])


def properties(document: dict[str, Any], response: str) -> set[str]:
    schema = document["components"]["responses"][response]["content"]["application/json"]["schema"]
    return set(schema["properties"])


def test_answers_have_the_properties_described(
    client: FlaskClient, document: dict[str, Any]
) -> None:
    path = "/".join(DATASET)
    assert set(client.get(f"/classes/{path}").get_json()) == properties(document, "classes")
    assert set(client.get(f"/legend/{path}.json").get_json()) == properties(document, "legend")
    assert set(client.get("/classes/a/b/c/d").get_json()) == properties(document, "unknown")


def test_the_page_that_shows_it(client: FlaskClient) -> None:
    response = client.get("/apidoc")
    assert response.status_code == 200
    assert "/swagger.json" in response.text
    with client.get("/static/redoc.standalone.js") as script:
        assert script.status_code == 200
