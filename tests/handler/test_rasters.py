"""Rasters stay open as long as they may, and S3 is asked as little as possible."""

import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from categorical.colors import Color
from handler.catalog import Dataset
from handler.errors import RasterMissing, RasterUnavailable
from handler.rasters import Rasters
from handler.settings import Settings
from handler.tiles import Palette
from tests.handler.conftest import quarters, write_cog
from tests.handler.gates import HttpGate

PALETTE = Palette({0: Color(10, 0, 0), 1: Color(20, 0, 0), 2: Color(30, 0, 0), 3: Color(40, 0, 0)})
SIZE = (256, 256)
NORTH_WEST, SOUTH_EAST = (16, 35508, 22333), (16, 35521, 22346)  # each in one block


def dataset(path: str, version: str | None = None) -> Dataset:
    return Dataset({}, path, None, (), {}, version)


def reds(png: bytes) -> set[int]:
    """The reds in the picture, 0 where it is transparent."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    return set(np.where(pixels[..., 3] == 255, pixels[..., 0], 0).ravel().tolist())


@pytest.fixture
def published(aws: Any, buckets: Any, cog: Path) -> str:
    """An S3 path of the raster; beside it a sidecar, which no request is ever spent on."""
    sidecar = b'<PAMDataset><PAMRasterBand band="1"><NoDataValue>0</NoDataValue></PAMRasterBand>'
    s3 = aws.s3()
    s3.put_object(
        Bucket=buckets.published, Key="a/1f2e.tif.aux.xml", Body=sidecar + b"</PAMDataset>"
    )
    s3.upload_file(str(cog), buckets.published, "a/1f2e.tif")
    return f"s3://{buckets.published}/a/1f2e.tif"


def test_a_tile_and_a_preview(cog: Path) -> None:
    rasters, local = Rasters(Settings()), dataset(str(cog))
    assert reds(rasters.draw(local, NORTH_WEST, PALETTE, SIZE)) == {10}
    assert reds(rasters.draw(local, SOUTH_EAST, PALETTE, SIZE)) == {40}
    preview = rasters.draw(local, None, PALETTE, (64, 32))
    assert Image.open(io.BytesIO(preview)).size == (64, 32)
    assert {10, 20, 30, 40} <= reds(preview)


def test_two_requests_for_the_first_tile_and_one_for_the_next(
    published: str, s3_gate: HttpGate
) -> None:
    rasters, remote = Rasters(Settings()), dataset(published, "v")
    rasters.draw(remote, NORTH_WEST, PALETTE, SIZE)
    assert len(s3_gate.requests) == 2, s3_gate.requests
    rasters.draw(remote, SOUTH_EAST, PALETTE, SIZE)
    assert len(s3_gate.requests) == 3, s3_gate.requests
    rasters.draw(remote, NORTH_WEST, PALETTE, SIZE)
    assert len(s3_gate.requests) == 3, s3_gate.requests


def test_a_published_raster_stays_open(published: str, s3_gate: HttpGate) -> None:
    rasters, remote = Rasters(Settings(dataset_ttl=0)), dataset(published, "v")
    rasters.draw(remote, NORTH_WEST, PALETTE, SIZE)
    s3_gate.requests.clear()
    rasters.draw(remote, NORTH_WEST, PALETTE, SIZE)
    assert s3_gate.requests == []


def test_any_other_raster_is_read_anew_once_the_time_is_up(
    published: str, s3_gate: HttpGate, aws: Any, buckets: Any, tmp_path: Path
) -> None:
    kept, fresh = Rasters(Settings()), Rasters(Settings(dataset_ttl=0))
    for rasters in (kept, fresh):
        assert reds(rasters.draw(dataset(published), NORTH_WEST, PALETTE, SIZE)) == {10}
    other = write_cog(tmp_path / "other.tif", 3 - quarters())
    aws.s3().upload_file(str(other), buckets.published, "a/1f2e.tif")
    assert reds(kept.draw(dataset(published), NORTH_WEST, PALETTE, SIZE)) == {10}
    assert reds(fresh.draw(dataset(published), NORTH_WEST, PALETTE, SIZE)) == {40}


def test_no_more_rasters_stay_open_than_set(
    published: str, s3_gate: HttpGate, aws: Any, buckets: Any, cog: Path
) -> None:
    aws.s3().upload_file(str(cog), buckets.published, "b.tif")
    rasters = Rasters(Settings(max_rasters=1))
    first = dataset(published, "v")
    second = dataset(f"s3://{buckets.published}/b.tif", "v")
    for _ in range(2):
        for each in (first, second):
            assert reds(rasters.draw(each, NORTH_WEST, PALETTE, SIZE)) == {10}
    assert sum(request.endswith("1f2e.tif") for request in s3_gate.requests) == 4


def test_missing_objects_and_buckets(
    published: str, s3_gate: HttpGate, aws: Any, buckets: Any, cog: Path
) -> None:
    rasters = Rasters(Settings())
    for path in (f"s3://{buckets.published}/late.tif", "s3://no-such-bucket/x.tif", "/no/x.tif"):
        with pytest.raises(RasterMissing):
            rasters.draw(dataset(path), NORTH_WEST, PALETTE, SIZE)
    aws.s3().upload_file(str(cog), buckets.published, "late.tif")
    late = dataset(f"s3://{buckets.published}/late.tif")
    assert reds(rasters.draw(late, NORTH_WEST, PALETTE, SIZE)) == {10}


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_s3_refuses_for_a_while(published: str, s3_gate: HttpGate, status: int) -> None:
    rasters, remote = Rasters(Settings()), dataset(published, "v")
    s3_gate.refuse = lambda _: (status, b"")
    with pytest.raises(RasterUnavailable):
        rasters.draw(remote, NORTH_WEST, PALETTE, SIZE)
    s3_gate.refuse = lambda _: None
    rasters.draw(remote, NORTH_WEST, PALETTE, SIZE)
    s3_gate.refuse = lambda _: (status, b"")
    with pytest.raises(RasterUnavailable):
        rasters.draw(remote, SOUTH_EAST, PALETTE, SIZE)
    s3_gate.refuse = lambda _: None
    assert reds(rasters.draw(remote, SOUTH_EAST, PALETTE, SIZE)) == {40}


def test_credentials_that_expired_are_replaced(
    published: str, s3_gate: HttpGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired = b"<Error><Code>ExpiredToken</Code><Message>It has expired.</Message></Error>"
    rasters, remote = Rasters(Settings()), dataset(published, "v")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "FIRST")
    rasters.draw(remote, NORTH_WEST, PALETTE, SIZE)
    s3_gate.refuse = lambda key: (400, expired) if key == "FIRST" else None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "SECOND")
    assert reds(rasters.draw(remote, SOUTH_EAST, PALETTE, SIZE)) == {40}


@pytest.mark.parametrize(
    "content", [b"", b"not a raster", b"<VRTDataset/>"], ids=["empty", "text", "VRT"]
)
def test_what_is_no_geotiff_is_not_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.tif"
    path.write_bytes(content)
    with pytest.raises(RasterUnavailable):
        Rasters(Settings()).draw(dataset(str(path)), NORTH_WEST, PALETTE, SIZE)


def test_threads_take_turns(cog: Path) -> None:
    rasters, local, found = Rasters(Settings()), dataset(str(cog)), list[set[int]]()

    def draw() -> None:
        for _ in range(20):
            found.append(reds(rasters.draw(local, NORTH_WEST, PALETTE, SIZE)))
            found.append(reds(rasters.draw(local, SOUTH_EAST, PALETTE, SIZE)))

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(tuple, found)) == [(10,)] * 80 + [(40,)] * 80


def test_no_session_is_made_for_credentials_in_the_environment(
    cog: Path, s3_gate: HttpGate, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a session costs 9 ms")

    monkeypatch.setattr(boto3, "Session", refuse)
    rasters = Rasters(Settings())
    for path in (str(cog), published):
        assert reds(rasters.draw(dataset(path), NORTH_WEST, PALETTE, SIZE)) == {10}


def option_while_drawing(name: str, cog: Path, settings: Settings) -> int:
    """What GDAL is told at that time."""
    from rasterio._env import get_gdal_config

    seen = []

    class Watching(Palette):
        def index(self, values: Any) -> Any:
            seen.append(get_gdal_config(name))
            return super().index(values)

    Rasters(settings).draw(dataset(str(cog)), NORTH_WEST, Watching({0: Color(1, 2, 3)}), SIZE)
    return int(seen[0])


def test_an_option_in_the_environment_wins(monkeypatch: pytest.MonkeyPatch, cog: Path) -> None:
    assert option_while_drawing("GDAL_HTTP_TIMEOUT", cog, Settings(s3_timeout=7)) == 7
    monkeypatch.setenv("GDAL_HTTP_TIMEOUT", "3")
    assert option_while_drawing("GDAL_HTTP_TIMEOUT", cog, Settings(s3_timeout=7)) == 3


def test_decoded_blocks_have_a_bound(cog: Path) -> None:
    settings = Settings(gdal_cache_bytes=5_000_000)
    assert option_while_drawing("GDAL_CACHEMAX", cog, settings) == 5_000_000
