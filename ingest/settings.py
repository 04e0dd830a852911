"""Settings of the ingestion function, read from environment variables `INGEST_*`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_MIB = 2**20
_GIB = 2**30


class IngestSettings(BaseSettings):
    """Every setting of ingestion; frozen, read once a process."""

    model_config = SettingsConfigDict(env_prefix="INGEST_", frozen=True, extra="ignore")

    key_pattern: str = Field(
        default="{type}/{sensor}/{date}/{band}.tif",
        description="Where in an object's key the dataset's keys stand; its fields, in order, are "
        "the database's keys.",
    )
    published_bucket: str = Field(
        min_length=3, description="Bucket that published rasters and reports are written to."
    )
    queue_url: str | None = Field(
        default=None,
        description="SQS queue that rasters are put on when a class file changes; without one they "
        "are registered within the same call.",
    )
    fan_out: int = Field(
        default=10,
        ge=0,
        description="Most rasters under a changed class file that are registered within the same "
        "call when there is a queue.",
    )
    type_key: str = Field(
        default="type", description="Key whose value says whether a raster is categorical."
    )
    categorical_type: str = Field(
        default="categorical", description="Value of the type key that marks categorical rasters."
    )
    date_key: str = Field(
        default="date",
        description="Key that datasets of one product differ in; colours are kept across.",
    )
    max_raster_bytes: int = Field(
        default=5 * _GIB,
        gt=0,
        description="Largest upload in bytes; it must fit the work folder twice.",
    )
    max_pixels: int = Field(default=10**10, gt=0, description="Most pixels of a raster.")
    max_seconds: float = Field(
        default=780,
        gt=0,
        description="Longest that an upload may be expected to take, by its size and pixels, and "
        "then may take to decode; Lambda ends a function after 900 seconds.",
    )
    max_memory_bytes: int = Field(
        default=_GIB,
        gt=0,
        description="Memory that decoding or rewriting one upload may take; the function needs "
        "some 400 MB besides.",
    )
    max_disk_bytes: int = Field(
        default=10 * _GIB,
        gt=0,
        description="Room in the work folder that one upload may take with all that is made of it; "
        "Lambda has 10 GB.",
    )
    max_block_bytes: int = Field(
        default=64 * _MIB,
        gt=0,
        description="Largest block (tile or strip) of a raster once decoded.",
    )
    max_values: int = Field(
        default=65_536, gt=0, description="Most distinct pixel values of a categorical raster."
    )
    max_class_file_bytes: int = Field(
        default=10 * _MIB, gt=0, description="Largest class file in bytes."
    )
    max_aux_xml_bytes: int = Field(
        default=32 * _MIB,
        gt=0,
        description="Largest .aux.xml that is written beside a published raster.",
    )
    sidecar_seconds: float = Field(
        default=3600,
        ge=0,
        description="How much older than its raster a sidecar (.aux.xml, .vat.dbf, .clr) may be "
        "and still belong to it.",
    )
    work_folder: Path = Field(
        default=Path("/tmp"),  # noqa: S108 (what Lambda has)
        description="Folder for the upload being worked on.",
    )
    gdal_cache_bytes: int = Field(
        default=32 * _MIB, gt=0, description="Memory that GDAL may use to cache blocks."
    )
    gdal_threads: int = Field(
        default=1,
        gt=0,
        description="Threads that compress a rewritten raster; each needs some 60 MB. Lambda has "
        "one processor up to 1,769 MB of memory.",
    )
    tile_size: int = Field(
        default=512,
        ge=64,
        multiple_of=16,
        description="Width and height of a rewritten raster's tiles.",
    )
    attempts: int = Field(
        default=5, gt=0, description="How often to start over when the bucket changes meanwhile."
    )
    reserve_seconds: float = Field(
        default=20,
        ge=0,
        description="Seconds before the end of the function's time at which what is not done is "
        "given up, so that the batch's other uploads are reported as done.",
    )
    s3_timeout: float = Field(
        default=30,
        gt=0,
        description="Seconds to wait for S3 to connect, or to send the next bytes.",
    )
    database_timeout: float = Field(
        default=30,
        gt=0,
        description="Seconds that a database statement, or its wait for a lock, may take.",
    )
    orphan_seconds: float = Field(
        default=86_400,
        ge=7200,
        description="Age at which a published raster that no dataset refers to may be removed; "
        "must exceed HANDLER_DATASET_TTL and HANDLER_STALE_SECONDS together, as tile servers may "
        "read it for so long.",
    )
    cache_seconds: int = Field(
        default=31_536_000, ge=0, description="max-age of published rasters, which never change."
    )
