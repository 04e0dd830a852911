"""Both functions from the built package, run by AWS's own runtime interface emulator."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mercantile
import numpy as np
import pytest
import rasterio
from botocore.exceptions import ClientError
from PIL import Image
from rasterio.session import DummySession
from rasterio.transform import from_bounds

from infra.errors import FunctionError, StartFailed
from infra.local.aws import Aws, Resources
from infra.local.proxy_event import Request, Response, http_response, proxy_event
from infra.local.queue import Mapping
from infra.package.emulator import Emulator, Function
from infra.stages import load_stages
from tests.conftest import Database

API, INGEST = "infra.functions.api.lambda_handler", "infra.functions.ingestion.lambda_handler"
TILE = mercantile.Tile(550, 335, 10)
KEYS = "categorical/S2/20181010/cloudmask"
CLASSES = {0: ("clear land", "99d594"), 1: ("clear water", "3288bd"), 2: ("cloud", "ffffff")}
WAIT_SECONDS = 60.0


def environment(stage: str, *parts: dict[str, str]) -> dict[str, str]:
    """What zappa_settings.json says, and then the parts."""
    merged = dict(load_stages()[stage].settings["aws_environment_variables"])
    for part in parts:
        merged.update(part)
    return merged


@pytest.fixture
def api(
    emulator: Emulator, task: Path, aws: Aws, database: Database, tmp_path: Path
) -> Iterator[Function]:
    variables = environment("production", aws.environment(), database.environment(database.reader))
    with emulator.start(task, API, variables, tmp_path / "api.log") as function:
        yield function


@pytest.fixture
def ingestion(
    emulator: Emulator,
    task: Path,
    aws: Aws,
    buckets: Resources,
    database: Database,
    tmp_path: Path,
) -> Iterator[Function]:
    ours = {"INGEST_PUBLISHED_BUCKET": buckets.published, "INGEST_QUEUE_URL": buckets.queue_url}
    variables = environment(
        "production_ingest", aws.environment(), database.environment(database.writer), ours
    )
    with emulator.start(task, INGEST, variables, tmp_path / "ingestion.log") as function:
        yield function


def get(function: Function, target: str) -> Response:
    """The answer to a request through REST API Gateway."""
    host = ("Host", "abcdef1234.execute-api.eu-central-1.amazonaws.com")
    event = proxy_event(Request("GET", f"/production{target}", (host,)), "production")
    return http_response(function.invoke(event).result)


def pixels_of(response: Response) -> np.ndarray:
    assert response.status == 200, response.body
    return np.asarray(Image.open(io.BytesIO(response.body)).convert("RGBA"))


@pytest.fixture
def raster(tmp_path: Path) -> tuple[Path, np.ndarray]:
    """A raster that is exactly one tile, and its pixels."""
    pixels = np.random.default_rng(1).integers(0, len(CLASSES), (256, 256), "uint8")
    path = tmp_path / "cloudmask.tif"
    profile = {
        "driver": "GTiff", "width": 256, "height": 256, "count": 1, "dtype": "uint8",
        "nodata": 255, "crs": "EPSG:3857",
        "transform": from_bounds(*mercantile.xy_bounds(TILE), 256, 256),
    }  # fmt: skip
    with rasterio.Env(session=DummySession()), rasterio.open(path, "w", **profile) as target:
        target.write(pixels, 1)
    return path, pixels


def wait_for_report(aws: Aws, buckets: Resources) -> dict[str, Any]:
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            stored = aws.s3().get_object(Bucket=buckets.published, Key=f"reports/{KEYS}.tif.json")
            return dict(json.loads(stored["Body"].read()))
        except ClientError:
            assert time.monotonic() < end, "no report"
            time.sleep(0.1)


def test_an_upload_becomes_a_tile_in_its_colours(
    api: Function,
    ingestion: Function,
    aws: Aws,
    buckets: Resources,
    raster: tuple[Path, np.ndarray],
) -> None:
    path, pixels = raster
    classes = [
        {"value": value, "name": name.replace(" ", "_"), "title": name, "color_hint": color}
        for value, (name, color) in CLASSES.items()
    ]
    class_file = json.dumps({"classification:classes": classes})
    aws.s3().put_object(
        Bucket=buckets.incoming, Key="categorical/categories.json", Body=class_file.encode()
    )
    aws.s3().put_object(Bucket=buckets.incoming, Key=f"{KEYS}.tif", Body=path.read_bytes())
    mapping = Mapping(aws, buckets, lambda event, _: ingestion.invoke(event).result)
    mapping.start(1)
    report = wait_for_report(aws, buckets)
    mapping.stop()
    assert report["status"] == "registered"

    place = f"{TILE.z}/{TILE.x}/{TILE.y}.png"
    colors = np.array([(*bytes.fromhex(color), 255) for _, color in CLASSES.values()], "uint8")
    tile = pixels_of(get(api, f"/categorical/{KEYS}/{place}"))
    np.testing.assert_array_equal(tile, colors[pixels])

    # Terracotta's own drawing, which reads S3 through boto3
    stock = pixels_of(get(api, f"/singleband/{KEYS}/{place}?colormap=viridis&stretch_range=[0,2]"))
    assert (stock[..., 3] == 255).all()
    assert len(np.unique(stock.reshape(-1, 4), axis=0)) == len(CLASSES)


def test_the_application_needs_neither_database_nor_s3_to_start(
    emulator: Emulator, task: Path, tmp_path: Path
) -> None:
    nowhere = "127.0.0.1:9"
    variables = environment(
        "production",
        {"TC_DRIVER_PATH": f"postgresql://{nowhere}/x", "TC_DRIVER_PROVIDER": "postgresql"},
        {"AWS_ENDPOINT_URL": f"http://{nowhere}", "AWS_REGION": "eu-central-1"},
        {"TC_SQL_USER": "x", "TC_SQL_PASSWORD": "x"},
    )
    with emulator.start(task, API, variables, tmp_path / "log") as function:
        paths = json.loads(get(function, "/swagger.json").body)["paths"]
        assert "/categorical/{keys}/{tile_z}/{tile_x}/{tile_y}.png" in paths
        assert get(function, f"/classes/{KEYS}").status == 503


def test_a_handler_that_is_not_there_is_said(
    emulator: Emulator, task: Path, tmp_path: Path
) -> None:
    handler = "infra.missing.lambda_handler"
    with (
        emulator.start(task, handler, {}, tmp_path / "log") as function,
        pytest.raises(FunctionError, match=r"ImportModuleError.*infra\.missing"),
    ):
        function.invoke({})


def test_an_emulator_that_ends_at_once_says_its_last_words(
    emulator: Emulator, task: Path, tmp_path: Path
) -> None:
    broken = Emulator(Path("/bin/false"), emulator.runtime, emulator.python)
    with pytest.raises(StartFailed, match="the emulator did not start"):
        broken.start(task, API, {}, tmp_path / "log")
