"""Whatever goes wrong, the answer is a status and a sentence, and gives nothing away."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.handler.conftest import CATEGORIES, DATASET, PUBLISHED, Registry, Serve
from tests.handler.gates import HttpGate, TcpGate

PATH = "/".join(DATASET)
WHOLE = "9/277/174"
EXPLICIT = 'colormap=explicit&explicit_color_map={"0":"fff"}'
NEAR = [
    f"/categorical/{PATH}/{WHOLE}.png",
    f"/categorical/{PATH}/preview.png",
    f"/singleband/{PATH}/{WHOLE}.png?{EXPLICIT}",
    f"/classes/{PATH}",
    f"/legend/{PATH}.json",
]
STOCK = [
    *("/keys", "/datasets", f"/metadata/{PATH}"),
    f"/singleband/{PATH}/{WHOLE}.png",
    f"/rgb/{'/'.join(DATASET[:-1])}/{WHOLE}.png?r=cloudmask&g=cloudmask&b=cloudmask",
]
Check = Callable[[TestResponse, int], None]


@pytest.fixture
def discreet(tmp_path: Path) -> Check:
    """Asserts the status, the form of the answer, and that it names nothing of ours."""
    secrets = [str(tmp_path), ".tif", ".sqlite", "s3:", "/vsi", "published", "127.0.0.1", "5432"]
    secrets += ["postgres", "password", "Traceback", 'File "', "sqlalchemy", "psycopg", "rasterio"]

    def check(response: TestResponse, status: int) -> None:
        assert response.status_code == status, response.text
        assert response.mimetype == "application/json"
        assert response.headers["Cache-Control"] == "no-store"
        document = response.get_json()
        assert list(document) == ["message"]
        assert document["message"]
        for secret in secrets:
            assert secret.lower() not in response.text.lower(), secret
        assert ("Retry-After" in response.headers) == (status == 503)

    return check


def test_the_database_is_away_and_comes_back(
    postgresql: Registry,
    postgres: Any,
    database_gate: TcpGate,
    serve: Serve,
    cog: Path,
    discreet: Check,
) -> None:
    postgresql.register(str(cog), PUBLISHED)
    url = postgresql.url.replace("+psycopg2", "").replace(
        f":{postgres.port}/", f":{database_gate.port}/"
    )
    client = serve(
        url, HANDLER_DATASET_TTL="0", HANDLER_STALE_SECONDS="0", HANDLER_RETRY_AFTER="11"
    )
    database_gate.shut()
    for address in NEAR + STOCK:
        response = client.get(address)
        discreet(response, 503)
        assert response.headers["Retry-After"] == "11"
    database_gate.open()
    for address in NEAR + STOCK:
        assert client.get(address).status_code == 200, address
    database_gate.shut()
    for address in NEAR + STOCK:
        discreet(client.get(address), 503)
    database_gate.open()
    for address in NEAR + STOCK:
        assert client.get(address).status_code == 200, address


def test_what_is_in_the_cache_outlives_the_database(
    postgresql: Registry, postgres: Any, database_gate: TcpGate, serve: Serve, cog: Path
) -> None:
    postgresql.register(str(cog), PUBLISHED)
    url = postgresql.url.replace("+psycopg2", "").replace(
        f":{postgres.port}/", f":{database_gate.port}/"
    )
    client = serve(url)
    assert client.get(NEAR[0]).status_code == 200
    database_gate.shut()
    for address in NEAR:
        assert client.get(address).status_code == 200, address


def test_what_is_known_is_served_while_the_database_is_away(
    postgresql: Registry, postgres: Any, database_gate: TcpGate, serve: Serve, cog: Path
) -> None:
    postgresql.register(str(cog), PUBLISHED)
    url = postgresql.url.replace("+psycopg2", "").replace(
        f":{postgres.port}/", f":{database_gate.port}/"
    )
    client = serve(url, HANDLER_DATASET_TTL="0")
    before = [client.get(address).data for address in NEAR]
    database_gate.shut()
    assert [client.get(address).data for address in NEAR] == before


@pytest.mark.parametrize(
    "path",
    [
        "postgresql://user:password@127.0.0.1:1/terracotta",
        "postgresql://127.0.0.1:1/",
        "mysql+nonsense://x/y",
        "",
        "/no/such/folder/terracotta.sqlite",
    ],
)
def test_a_database_that_never_was(serve: Serve, discreet: Check, path: str) -> None:
    client = serve(path)
    for address in NEAR + STOCK:
        discreet(client.get(address), 503)


def test_a_wrong_password(database: Any, serve: Serve, discreet: Check) -> None:
    client = serve(database.path, TC_SQL_USER=database.reader.name, TC_SQL_PASSWORD="wrong")
    for address in NEAR + STOCK:
        response = client.get(address)
        discreet(response, 503)
        assert database.reader.name not in response.text
        assert database.name not in response.text


def test_a_database_of_another_terracotta(sqlite: Registry, serve: Serve, discreet: Check) -> None:
    sqlite.execute("UPDATE terracotta SET version = '0.5.0'")
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    for address in [*NEAR, "/datasets"]:
        discreet(client.get(address), 503)


TILES = [address for address in NEAR + STOCK if ".png" in address]


@pytest.mark.parametrize(
    ("content", "status"), [(None, 404), (b"", 503), (b"no raster at all", 503)]
)
def test_rasters_that_are_gone_or_broken(
    sqlite: Registry,
    serve: Serve,
    tmp_path: Path,
    discreet: Check,
    content: bytes | None,
    status: int,
) -> None:
    raster = tmp_path / "raster.tif"
    if content is not None:
        raster.write_bytes(content)
    sqlite.register(str(raster), PUBLISHED)
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    for address in TILES:
        ours = "explicit" in address or "categorical/c" in address
        discreet(client.get(address), status if ours else 503)


@pytest.mark.parametrize(
    ("answer", "status"),
    [(200, 200), (403, 503), (404, 404), (429, 503), (500, 503), (503, 503)],
)
def test_what_s3_says(
    sqlite: Registry,
    serve: Serve,
    cog: Path,
    aws: Any,
    buckets: Any,
    s3_gate: HttpGate,
    discreet: Check,
    answer: int,
    status: int,
) -> None:
    aws.s3().upload_file(str(cog), buckets.published, "a/b.tif")
    sqlite.register(f"s3://{buckets.published}/a/b.tif", PUBLISHED)
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    if answer == 200:
        assert client.get(NEAR[0]).status_code == 200
        return
    s3_gate.refuse = lambda _: (answer, b"")
    discreet(client.get(NEAR[0]), status)
    discreet(client.get(f"/singleband/{PATH}/{WHOLE}.png"), 503)
    assert client.get(f"/classes/{PATH}").status_code == 200


def test_s3_refuses_connections(
    sqlite: Registry,
    serve: Serve,
    aws: Any,
    discreet: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_S3_ENDPOINT", "127.0.0.1:1")
    sqlite.register("s3://published/a.tif", PUBLISHED)
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    for address in TILES:
        discreet(client.get(address), 503)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/no/such", 404),
        ("GET", "/classes/", 404),
        ("GET", "/singleband/a/b/c/d.png", 404),
        ("POST", "/keys", 405),
        ("DELETE", f"/categorical/{PATH}/{WHOLE}.png", 405),
        ("POST", "/metadata", 415),
    ],
)
def test_flasks_own_errors(
    client: FlaskClient, discreet: Check, method: str, path: str, status: int
) -> None:
    response = client.open(path, method=method)
    discreet(response, status)
    assert ("Allow" in response.headers) == (status == 405)


def test_an_unexpected_error_is_logged_and_kept_quiet(
    client: FlaskClient, discreet: Check, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("the password is in /vsis3/published/secret.tif")

    client.application.add_url_rule("/fail", view_func=fail)
    with caplog.at_level(logging.ERROR):
        discreet(client.get("/fail"), 500)
    assert "the password is in /vsis3/published/secret.tif" in caplog.text


def test_what_failed_is_in_the_log(
    sqlite: Registry, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    sqlite.register("/nowhere/a.tif", {"categories": CATEGORIES})
    client = serve("/no/such/folder/terracotta.sqlite")
    with caplog.at_level(logging.ERROR):
        client.get(NEAR[0])
    assert "unable to open database file" in caplog.text
