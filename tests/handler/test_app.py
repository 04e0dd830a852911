"""The whole application: the workflow of Terracotta's guide, and the way Zappa calls it."""

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests.handler.conftest import CATEGORIES, DATASET, PUBLISHED, Registry, Seeded, Serve

PATH = "/".join(DATASET)
WHOLE = "9/277/174"
COLORS = {"0": "99d594", "1": "2b83ba", "2": "ffffff", "3": "404040"}
RGB = {(0x99, 0xD5, 0x94), (0x2B, 0x83, 0xBA), (255, 255, 255), (0x40, 0x40, 0x40)}


def drawn(png: bytes) -> set[tuple[int, ...]]:
    picture = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    return {tuple(map(int, pixel[:3])) for pixel in picture[picture[..., 3] > 0]}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_guides_requests_on_databases_that_its_lines_made(
    seeded: Seeded, serve: Serve, kind: str
) -> None:
    client = serve(getattr(seeded, kind))
    datasets = client.get("/datasets?type=categorical").get_json()["datasets"]
    assert dict(zip(("type", "sensor", "date", "band"), DATASET, strict=True)) in datasets
    metadata = client.get(f"/metadata/{PATH}").get_json()
    assert metadata["metadata"]["categories"] == CATEGORIES
    query = f"colormap=explicit&explicit_color_map={quote(json.dumps(COLORS))}"
    assert drawn(client.get(f"/singleband/{PATH}/{WHOLE}.png?{query}").data) == RGB


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_our_own_requests_on_them(seeded: Seeded, serve: Serve, kind: str) -> None:
    client = serve(getattr(seeded, kind))
    classes = client.get(f"/classes/{PATH}").get_json()["classes"]
    assert {item["title"]: item["value"] for item in classes} == CATEGORIES
    legend = client.get(f"/legend/{PATH}.json").get_json()["entries"]
    colors = {tuple(bytes.fromhex(entry["color"])) for entry in legend}
    assert len(colors) == 4
    assert drawn(client.get(f"/categorical/{PATH}/{WHOLE}.png").data) == colors
    assert client.get("/classes/index/S2/20181010/ndvi").status_code == 404


def test_making_it_connects_to_nothing() -> None:
    """Nor does importing it; what boto3 brings along, rasterio imports."""
    code = """
import socket, sqlite3
def refuse(*_, **__):
    raise AssertionError("connected")
socket.socket.connect = sqlite3.connect = refuse
import psycopg2
psycopg2.connect = refuse
import handler.app
handler.app.create_app()
"""
    environment = {**os.environ, "TC_DRIVER_PATH": "postgresql://127.0.0.1:1/terracotta"}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)


def test_debug_lets_exceptions_through(serve: Serve) -> None:
    from handler.app import create_app

    serve("")
    app = create_app(debug=True)
    app.add_url_rule("/fail", view_func=lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/fail")


@pytest.fixture
def zappa(sqlite: Registry, serve: Serve, cog: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Zappa's entry point, on a stage named `dev`."""
    sqlite.register(str(cog), PUBLISHED)
    app = serve(sqlite.url.removeprefix("sqlite:///")).application
    module = ModuleType("served_app")
    module.app = app  # type: ignore[attr-defined]
    settings = ModuleType("zappa_settings")
    settings.__dict__.update(
        {
            "APP_MODULE": "served_app",
            "APP_FUNCTION": "app",
            "API_STAGE": "dev",
            "BINARY_SUPPORT": True,
            "DEBUG": False,
            "LOG_LEVEL": "WARNING",
            "DOMAIN": None,
            "PROJECT_NAME": "tiles",
            "ENVIRONMENT_VARIABLES": {},
            "DJANGO_SETTINGS": None,
            "EXCEPTION_HANDLER": None,
            "BASE_PATH": None,
            "CONTEXT_HEADER_MAPPINGS": {},
            "AWS_EVENT_MAPPING": {},
            "AWS_BOT_EVENT_MAPPING": {},
            "COGNITO_TRIGGER_MAPPING": {},
        }
    )
    monkeypatch.setitem(sys.modules, "served_app", module)
    monkeypatch.setitem(sys.modules, "zappa_settings", settings)
    from zappa.handler import LambdaHandler

    return LambdaHandler().handler


def event(path: str, query: dict[str, list[str]] | None = None, **headers: str) -> dict[str, Any]:
    """An event of a REST API (v1) with the Lambda proxy integration."""
    named = {
        "Host": "abc.execute-api.eu-central-1.amazonaws.com",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "GET",
        "headers": named,
        "multiValueHeaders": {name: [value] for name, value in named.items()},
        "queryStringParameters": {name: it[-1] for name, it in (query or {}).items()} or None,
        "multiValueQueryStringParameters": query,
        "pathParameters": {"proxy": path[1:]},
        "stageVariables": None,
        "requestContext": {"stage": "dev", "path": f"/dev{path}", "identity": {}},
        "body": None,
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"/categorical/{PATH}/{WHOLE}.png", None),
        (f"/categorical/{PATH}/{WHOLE}.png", {"show": ["Cloud", "Clear land"]}),
        (
            f"/singleband/{PATH}/{WHOLE}.png",
            {"colormap": ["explicit"], "explicit_color_map": [json.dumps(COLORS)]},
        ),
    ],
)
def test_tiles_through_zappa(zappa: Any, path: str, query: dict[str, list[str]] | None) -> None:
    answer = zappa(event(path, query), None)
    assert answer["statusCode"] == 200
    assert answer["isBase64Encoded"] is True
    assert answer["headers"]["Content-Type"] == "image/png"
    colors = {(255, 255, 255), (0x99, 0xD5, 0x94)} if query and "show" in query else RGB
    assert drawn(base64.b64decode(answer["body"])) == colors
    again = zappa(event(path, query, If_None_Match=answer["headers"]["ETag"]), None)
    assert (again["statusCode"], again.get("body", "")) == (304, "")


def test_json_and_pages_through_zappa(zappa: Any) -> None:
    classes = json.loads(zappa(event(f"/classes/{PATH}"), None)["body"])["classes"]
    assert [item["value"] for item in classes] == [0, 1, 2, 3]
    page = zappa(event("/apidoc"), None)["body"]
    assert "/dev/swagger.json" in page
    missing = zappa(event("/classes/a/b/c/d"), None)
    assert missing["statusCode"] == 404
    assert list(json.loads(missing["body"])) == ["message"]


def test_keys_in_any_script(sqlite: Registry, serve: Serve, cog: Path) -> None:
    keys = ("categorical", "Fläche 1+1", "2018&19=;", "水:(a)'b'!")
    sqlite.register(str(cog), PUBLISHED, keys=keys)
    client: FlaskClient = serve(sqlite.url.removeprefix("sqlite:///"))
    path = "/".join(quote(key, safe="") for key in keys)
    assert client.get(f"/classes/{path}").get_json()["keys"]["band"] == keys[-1]
    assert client.get(f"/legend/{path}.json").get_json()["title"] == " / ".join(keys)
    assert drawn(client.get(f"/categorical/{path}/{WHOLE}.png").data) == RGB
