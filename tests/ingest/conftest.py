"""What the tests of ingestion share: GeoTIFFs of every kind, and a whole ingestion function."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import sqlalchemy
import terracotta
from rasterio import Affine

from infra.database import Role, create_database
from ingest.events import ObjectEvent
from ingest.pipeline import Pipeline
from ingest.registration import Registry
from ingest.reports import Report
from ingest.settings import IngestSettings

FIELDS = ("type", "sensor", "date", "band")
UTM = "EPSG:32633"
PLACE = Affine(10, 0, 500_000, 0, -10, 5_000_000)


@pytest.fixture
def geotiff(tmp_path: Path) -> Callable[..., Path]:
    """geotiff(pixels, **options) writes a GeoTIFF of one or more bands and gives its path.

    `colors` is a colour table, `mask` a mask band, `tags` are dataset tags, `overviews` a list of
    factors with `resampling`; the rest goes to rasterio.
    """
    written = iter(range(1000))

    def write(
        pixels: np.ndarray,
        *,
        colors: Mapping[int, tuple[int, ...]] | None = None,
        mask: np.ndarray | None = None,
        tags: Mapping[str, str] | None = None,
        overviews: tuple[int, ...] = (),
        resampling: str = "nearest",
        **options: Any,
    ) -> Path:
        path = tmp_path / f"raster-{next(written)}.tif"
        bands = pixels[None] if pixels.ndim == 2 else pixels
        profile = {"crs": UTM, "transform": PLACE, "driver": "GTiff"} | options
        with (
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
            rasterio.open(
                path,
                "w",
                count=len(bands),
                height=bands.shape[1],
                width=bands.shape[2],
                dtype=bands.dtype,
                **profile,
            ) as dataset,
        ):
            dataset.write(bands)
            if colors:
                dataset.write_colormap(1, colors)
            if mask is not None:
                dataset.write_mask(mask)
            dataset.update_tags(**(tags or {}))
        if overviews:
            with rasterio.open(path, "r+") as dataset:
                dataset.build_overviews(list(overviews), rasterio.enums.Resampling[resampling])
        return path

    return write


@pytest.fixture
def stripes(geotiff: Callable[..., Path]) -> Path:
    """A small classified raster: four stripes of the values 0 to 3."""
    return geotiff(np.repeat(np.arange(4, dtype="uint8"), 16)[:, None].repeat(48, axis=1))


STRIPES = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}


@dataclass
class Ingestion:
    """The ingestion function over real parts, and what its producers and readers do."""

    s3: Any
    sqs: Any
    resources: Any
    registry: Registry
    settings: IngestSettings
    driver: Any
    now: datetime = field(default=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

    @property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.settings, self.registry, self.s3, self.sqs, lambda: self.now)

    def configure(self, **settings: Any) -> None:
        self.settings = self.settings.model_copy(update=settings)

    def put(self, key: str, content: bytes | Path | Mapping[str, Any] | list[Any]) -> None:
        """Upload without telling anybody."""
        if isinstance(content, Path):
            content = content.read_bytes()
        elif not isinstance(content, bytes):
            content = json.dumps(content).encode()
        self.s3.put_object(Bucket=self.resources.incoming, Key=key, Body=content)

    def delete(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.resources.incoming, Key=key)

    def handle(self, key: str, **event: Any) -> Report | None:
        """An event about `key` arrives."""
        return self.pipeline.handle(ObjectEvent(self.resources.incoming, key, **event))

    def upload(self, key: str, content: bytes | Path | Mapping[str, Any]) -> Report:
        self.put(key, content)
        report = self.handle(key)
        assert report is not None
        return report

    def remove(self, key: str) -> Report:
        self.delete(key)
        report = self.handle(key, removed=True)
        assert report is not None
        return report

    def report(self, key: str) -> dict[str, Any]:
        """The report as stored."""
        stored = self.s3.get_object(Bucket=self.resources.published, Key=f"reports/{key}.json")
        document: dict[str, Any] = json.loads(stored["Body"].read())
        return document

    def datasets(self) -> dict[tuple[str, ...], str]:
        return dict(self.driver.get_datasets())

    def metadata(self, *keys: str) -> dict[str, Any]:
        return dict(self.driver.get_metadata(keys))

    def published(self, suffix: str = ".tif") -> list[str]:
        """Keys of the published bucket."""
        listed = self.s3.list_objects_v2(Bucket=self.resources.published).get("Contents", [])
        return [item["Key"] for item in listed if item["Key"].endswith(suffix)]

    def download(self, path: str) -> bytes:
        bucket, _, key = path.removeprefix("s3://").partition("/")
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body


@pytest.fixture(scope="session")
def shared_database(postgres: Any) -> Iterator[str]:
    """The writer's URL of a database that the tests of ingestion share, one after the other."""
    url = postgres.url("ingest_tests")
    writer = Role("ingest_tests_writer", "writer")
    create_database(url, FIELDS, Role("ingest_tests_reader", "reader"), writer)
    yield postgres.url("ingest_tests", writer.name, writer.password)
    postgres.drop_database("ingest_tests")


@pytest.fixture(scope="session")
def clients(aws: Any) -> tuple[Any, Any]:
    """S3 and SQS."""
    return aws.s3(), aws.sqs()


@pytest.fixture
def driver(shared_database: str) -> Iterator[Any]:
    """Terracotta's driver for an empty database."""
    driver = terracotta.get_driver(shared_database, "postgresql")
    yield driver
    with driver.connect() as connection:
        for table in ("datasets", "metadata", "categorical_colors"):
            connection.execute(sqlalchemy.text(f"DELETE FROM {table}"))


@pytest.fixture
def registry(driver: Any, shared_database: str) -> Registry:
    """The same database as ingestion sees it."""
    return Registry(shared_database, "postgresql", FIELDS, "date", 10)


@pytest.fixture
def ingestion(
    clients: Any, buckets: Any, driver: Any, registry: Registry, tmp_path: Path
) -> Ingestion:
    """An ingestion function with empty buckets and an empty database."""
    work = tmp_path / "work"
    work.mkdir()
    settings = IngestSettings(published_bucket=buckets.published, work_folder=work)
    return Ingestion(*clients, buckets, registry, settings, driver)
