"""What an operator may set about the tile API, through environment variables `HANDLER_...`.

The database, the default tile size and the allowed origins are set as Terracotta names them:
`TC_DRIVER_PATH`, `TC_SQL_USER`, `TC_DEFAULT_TILE_SIZE`, `TC_ALLOWED_ORIGINS_TILES`...
"""

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from categorical.urls.parts import check_base
from handler.basemap import check_basemap


class Settings(BaseSettings):
    """All of it, frozen; an invalid value stops the start with a sentence."""

    model_config = SettingsConfigDict(env_prefix="HANDLER_", frozen=True)

    date_key: str = Field(
        default="date",
        description="Key that datasets of one product differ in; as INGEST_DATE_KEY.",
    )
    dataset_ttl: NonNegativeFloat = Field(
        default=60,
        description="Seconds until a dataset is looked up again: a replaced raster shows then.",
    )
    stale_seconds: NonNegativeFloat = Field(
        default=3600,
        description="Seconds for which a dataset is still served as last known while the database "
        "is away, counted from when it should be looked up again.",
    )
    missing_ttl: NonNegativeFloat = Field(
        default=5,
        description="Seconds for which an unknown dataset stays unknown without a look-up.",
    )
    max_datasets: PositiveInt = Field(
        default=1024, description="Datasets (path, classes, palettes) kept between requests."
    )
    max_listed_datasets: PositiveInt = Field(
        default=10_000,
        description="Datasets that one page of /datasets may list; a million take 40 seconds and "
        "1.2 GB.",
    )
    max_rasters: PositiveInt = Field(
        default=64, description="Raster files kept open between requests."
    )
    gdal_cache_bytes: PositiveInt = Field(
        default=32 * 2**20,
        description="Memory for decoded blocks of rasters. Once it is full its pages are used "
        "again, which takes a third of the time that new ones take.",
    )
    max_color_maps: PositiveInt = Field(
        default=128,
        description="Parsed query strings (colour maps, class subsets) kept between requests.",
    )
    max_colors: PositiveInt = Field(
        default=4096, description="Entries that one explicit_color_map may have."
    )
    max_tile_size: PositiveInt = Field(
        default=2048, description="Pixels that a tile or preview may have on each side."
    )
    max_pixels: PositiveInt = Field(
        default=2**25,
        description="Pixels that one request for statistics or transitions may read; of more an "
        "overview is read, and the answer says so.",
    )
    max_transitions: PositiveInt = Field(
        default=10_000, description="Pairs of classes that one answer of /transitions may list."
    )
    max_dates: PositiveInt = Field(
        default=100,
        description="Dates that one answer of /series may hold: each opens a raster; of more the "
        "caller asks page by page.",
    )
    max_geojson_positions: PositiveInt = Field(
        default=100_000, description="Positions that the outlines sent to /statistics may have."
    )
    max_geojson_bytes: PositiveInt = Field(
        default=4_000_000,
        description="Bytes of a GeoJSON body; Lambda behind API Gateway takes 4.5 million at most.",
    )
    max_answer_bytes: PositiveInt = Field(
        default=4_500_000,
        description="Bytes of an answer; Lambda gives back 6 MB at most, encoded.",
    )
    max_legend_entries: PositiveInt = Field(
        default=256,
        description="Classes that a legend's picture shows; its last line counts the others.",
    )
    tile_max_age: NonNegativeInt = Field(
        default=60,
        description="Seconds for which a tile may be cached, unless its URL has a version.",
    )
    metadata_max_age: NonNegativeInt = Field(
        default=60, description="Seconds for which classes and legends may be cached, likewise."
    )
    public_url: str | None = Field(
        default=None,
        description="Address of the API in documents such as TileJSON, with the stage or base path "
        "if there is one; by default what API Gateway says, or else the request's Host.",
    )
    published_url: str | None = Field(
        default=None,
        description="Address under which others may read the published bucket, such as a "
        "CloudFront distribution's; STAC items name a raster by it, or else as s3://bucket/key.",
    )
    attribution: str | None = Field(
        default=None, description="Whom maps shall credit for the data; HTML, goes into TileJSON."
    )
    basemap_url: str | None = Field(
        default=None,
        description="Tiles under the map page's layer, such as "
        "https://tile.example.com/{z}/{x}/{y}.png; by default there are none, and the page loads "
        "nothing from elsewhere.",
    )
    basemap_attribution: str | None = Field(
        default=None, description="Whom the map page shall credit for those tiles; HTML."
    )
    retry_after: PositiveInt = Field(
        default=5,
        description="Seconds after which a caller shall ask again when S3 or the database is away.",
    )
    s3_timeout: PositiveInt = Field(
        default=5,
        description="Seconds that one request to S3 may take; connecting gets half of them.",
    )
    database_timeout: PositiveInt = Field(
        default=8,
        description="Seconds that PostgreSQL may take to answer; to connect it has those of "
        "TC_DB_CONNECTION_TIMEOUT.",
    )

    @field_validator("public_url", "published_url")
    @classmethod
    def _check_url(cls, url: str | None) -> str | None:
        return check_base(url) if url else None

    @field_validator("basemap_url")
    @classmethod
    def _check_basemap_url(cls, url: str | None) -> str | None:
        return check_basemap(url) if url else None
