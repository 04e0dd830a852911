"""Terracotta's own endpoints work on a database that nobody can write to, and never try."""

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
import terracotta
from flask.testing import FlaskClient
from terracotta.exceptions import DatabaseNotWritableError

from tests.handler.conftest import CATEGORIES, DATASET, Registry, Serve

LAZY = ("categorical", "S2", "20181011", "lazy")
PATH = "/".join(LAZY)
WHOLE = "9/277/174"


def written(statements: list[str]) -> list[str]:
    reading = ("SELECT", "PRAGMA", "WITH", "SHOW")
    return [it for it in statements if not it.lstrip().upper().startswith(reading)]


@pytest.fixture(params=["sqlite", "postgresql"])
def reading(request: pytest.FixtureRequest, serve: Serve, cog: Path, database: Any) -> FlaskClient:
    """The API with the right to read only, on a database with a dataset without metadata."""
    if request.param == "sqlite":
        sqlite: Registry = request.getfixturevalue("sqlite")
        sqlite.register(str(cog), None, keys=LAZY)
        path = Path(sqlite.url.removeprefix("sqlite:///"))
        path.chmod(stat.S_IRUSR)
        return serve(str(path))
    registry = Registry(database.admin_url.replace(":", "+psycopg2:", 1))
    registry.register(str(cog), None, keys=LAZY)
    return serve(
        database.path, TC_SQL_USER=database.reader.name, TC_SQL_PASSWORD=database.reader.password
    )


@pytest.mark.filterwarnings("ignore")  # Terracotta warns of rasters that are no COG to its taste
def test_metadata_that_are_missing_are_computed_for_the_answer(
    reading: FlaskClient, statements: list[str]
) -> None:
    for _ in range(2):
        metadata = reading.get(f"/metadata/{PATH}").get_json()
        assert metadata["range"] == [0.0, 3.0]
        assert metadata["valid_percentage"] == 100.0
        assert len(metadata["percentiles"]) == 99
        assert reading.get(f"/singleband/{PATH}/{WHOLE}.png").status_code == 200
    assert len(reading.get("/datasets").get_json()["datasets"]) == 1
    assert written(statements) == []


def test_our_own_tiles_need_no_metadata(reading: FlaskClient) -> None:
    query = 'colormap=explicit&explicit_color_map={"0":"fff"}'
    assert reading.get(f"/singleband/{PATH}/{WHOLE}.png?{query}").status_code == 200


def test_the_driver_refuses_to_write(client: FlaskClient) -> None:
    assert client.get("/keys").status_code == 200
    driver = terracotta.get_driver(os.environ["TC_DRIVER_PATH"])
    with pytest.raises(DatabaseNotWritableError):
        driver.insert(DATASET, "other.tif", skip_metadata=True)
    with pytest.raises(DatabaseNotWritableError):
        driver.delete(DATASET)


def test_the_credentials_are_todays(database: Any, serve: Serve, cog: Path) -> None:
    """Terracotta keeps one driver a database, whoever opened it first."""
    Registry(database.admin_url.replace(":", "+psycopg2:", 1)).register(
        str(cog), {"categories": CATEGORIES}
    )
    client = serve(
        database.path, TC_SQL_USER=database.reader.name, TC_SQL_PASSWORD=database.reader.password
    )
    terracotta.get_driver(database.path).meta_store.url = "somebody else's"
    assert client.get("/keys").status_code == 200


def test_two_applications_in_one_process(
    sqlite: Registry, serve: Serve, cog: Path, tmp_path: Path
) -> None:
    from handler.app import create_app

    sqlite.register(str(cog), {"categories": CATEGORIES})
    one = serve(sqlite.url.removeprefix("sqlite:///"))
    other = create_app().test_client()
    for client in (one, other, one):
        for url in ("/keys", f"/classes/{'/'.join(DATASET)}", "/swagger.json"):
            assert client.get(url).status_code == 200


@pytest.mark.filterwarnings("ignore")
def test_threads_do_not_empty_a_database(sqlite: Registry, serve: Serve, cog: Path) -> None:
    sqlite.register(str(cog), None, keys=LAZY)
    sqlite.register(str(cog), None)
    client = serve(sqlite.url.removeprefix("sqlite:///"))
    client.get("/keys")
    app = client.application

    def ask() -> None:
        for keys in (LAZY, DATASET):
            app.test_client().get(f"/metadata/{'/'.join(keys)}")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(client.get("/datasets").get_json()["datasets"]) == 2


def test_a_database_on_s3(
    sqlite: Registry,
    serve: Serve,
    cog: Path,
    aws: Any,
    buckets: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    sqlite.register(str(cog), {"categories": CATEGORIES})
    aws.s3().upload_file(
        sqlite.url.removeprefix("sqlite:///"), buckets.published, "terracotta.sqlite"
    )
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    client = serve(
        f"s3://{buckets.published}/terracotta.sqlite", TC_REMOTE_DB_CACHE_DIR=str(tmp_path)
    )
    path = "/".join(DATASET)
    for url in ("/keys", f"/classes/{path}", f"/categorical/{path}/{WHOLE}.png"):
        assert client.get(url).status_code == 200, url
    gone = serve(f"s3://{buckets.published}/none.sqlite", TC_REMOTE_DB_CACHE_DIR=str(tmp_path))
    for url in ("/keys", f"/classes/{path}"):
        response = gone.get(url)
        assert response.status_code == 503
        assert buckets.published not in response.text
