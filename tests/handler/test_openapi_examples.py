"""The examples in the OpenAPI document work, and give the answers that stand there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.handler.conftest import PUBLISHED, SIDE, Registry, Serve, quarters, write_cog

Document = dict[str, Any]
_VERSION = re.compile(r'(?<=["/=])[0-9a-f]{16}(?=["/&])')
Examined = tuple[FlaskClient, Document]


@pytest.fixture(scope="session")
def later_cog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year later half of the clear land is under clouds."""
    pixels = quarters()
    pixels[: SIDE // 4, : SIDE // 2] = 2
    return write_cog(tmp_path_factory.mktemp("later") / "cloud_mask.tif", pixels)


@pytest.fixture
def examined(sqlite: Registry, serve: Serve, cog: Path, later_cog: Path) -> Examined:
    """The API on two dates of a product, and its OpenAPI document."""
    sqlite.register(str(cog), PUBLISHED)
    sqlite.register(str(later_cog), PUBLISHED, ("categorical", "S2", "20191010", "cloudmask"))
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    return client, client.get("/swagger.json").get_json()


def answers(client: FlaskClient, document: Document) -> Iterator[tuple[str, str, Any]]:
    """Of each endpoint its name, that of its shared response or "", and what it answers."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            label = f"{method.upper()} {path}"
            response = _ask(client, document, method, path, operation)
            assert response.status_code == 200, f"{label}: {response.text}"
            name = operation["responses"]["200"].get("$ref", "").rpartition("/")[2]
            yield label, name, _without_versions(response)


def _ask(
    client: FlaskClient, document: Document, method: str, path: str, operation: Document
) -> TestResponse:
    query = {}
    for each in operation.get("parameters", []):
        parameter = _resolved(document, each)
        name, example = parameter["name"], parameter["example"]
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", str(example))
        elif example is not None:
            query[name] = str(example).lower() if isinstance(example, bool) else example
    body = None
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = _resolved(document, schema)["example"]
    return client.open(path, method=method.upper(), query_string=query, json=body)


def _resolved(document: Document, item: Document) -> Document:
    for name in item.get("$ref", "").split("/")[1:]:
        document = document[name]
    return document if "$ref" in item else item


def _without_versions(response: TestResponse) -> Any:
    """JSON, its versions replaced by one that does not change; None for anything else."""
    if not response.mimetype.endswith("json"):
        return None
    return json.loads(_VERSION.sub("0123456789abcdef", response.text))


def test_every_answer_is_the_one_shown(examined: Examined) -> None:
    client, document = examined
    compared = set()
    for label, name, answer in answers(client, document):
        if name and answer is not None:
            shared = document["components"]["responses"][name]
            (media,) = shared["content"].values()
            _assert_alike(media["example"], answer, label)
            compared.add(name)
    assert len(compared) >= 9


def _assert_alike(shown: Any, answer: Any, where: str) -> None:
    """Equal, numbers to a part in a million."""
    if isinstance(shown, dict):
        assert set(shown) == set(answer), where
        for name, value in shown.items():
            _assert_alike(value, answer[name], f"{where}.{name}")
    elif isinstance(shown, list):
        assert len(shown) == len(answer), where
        for number, (one, other) in enumerate(zip(shown, answer, strict=True)):
            _assert_alike(one, other, f"{where}[{number}]")
    elif isinstance(shown, float):
        assert answer == pytest.approx(shown, rel=1e-6), where
    else:
        assert answer == shown, where


def test_errors_look_like_those_shown(examined: Examined) -> None:
    client, document = examined
    for name, url in (
        ("invalid", "/point/categorical/S2/20181010/cloudmask?lon=x&lat=49.6"),
        ("unknown", "/classes/categorical/S2/20181010/nothing"),
    ):
        (media,) = document["components"]["responses"][name]["content"].values()
        assert client.get(url).get_json() == media["example"]


def test_every_parameter_has_an_example_and_a_sentence(examined: Examined) -> None:
    _, document = examined
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for each in operation.get("parameters", []):
                parameter = _resolved(document, each)
                assert parameter["description"], (path, parameter["name"])
                assert "example" in parameter, (path, parameter["name"])
