"""Everything that ingestion needs to know about a raster's pixels, found once and then kept.

An inspection is stored beside the published raster, so that a changed class file registers the
raster anew without its pixels being touched.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_serializer, field_validator
from rasterio import DatasetReader

from categorical.classes import Class, parse_classes, to_stac
from categorical.colors import Color, parse_color, write_color
from ingest.attribute_table import AttributeTable
from ingest.counts import count, integer_nodata
from ingest.notices import Notice, no_valid_pixels
from ingest.pam import carried_inside
from ingest.raster import open_raster, reading
from ingest.statistics import Statistics, continuous_statistics, no_statistics, statistics

FORMAT = 1


class Inspection(BaseModel):
    """What a categorical raster holds.

    `counts` {value: pixels} in ascending order, the nodata value among them; `masked` pixels are
    hidden by a mask band; `classes`, `colors` and `table` are those that the raster itself carries.
    """

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")

    format: int = FORMAT
    categorical: bool = True
    width: int
    height: int
    nodata: float | None
    statistics: Statistics
    counts: dict[int, int] = {}
    masked: int = 0
    class_source: str | None = None
    classes: tuple[Class, ...] = ()
    colors: dict[int, Color] = {}
    table: AttributeTable | None = None
    notices: tuple[Notice, ...] = ()

    @field_validator("classes", mode="before")
    @classmethod
    def _read_classes(cls, value: Any) -> Any:
        stored = bool(value) and isinstance(value[0], Mapping)
        return parse_classes(list(value)) if stored else value

    @field_serializer("classes")
    def _write_classes(self, value: tuple[Class, ...]) -> list[dict[str, Any]]:
        return [to_stac(item) for item in value]

    @field_validator("colors", mode="before")
    @classmethod
    def _read_colors(cls, value: Mapping[Any, Any]) -> dict[int, Color]:
        return {int(key): parse_color(color) for key, color in value.items()}

    @field_serializer("colors")
    def _write_colors(self, value: Mapping[int, Color]) -> dict[int, str]:
        return {key: write_color(color) for key, color in value.items()}

    def to_document(self) -> dict[str, Any]:
        """The inspection as a JSON document."""
        return self.model_dump(mode="json")


def inspect(
    dataset: DatasetReader, max_values: int, scratch: Path, upload: DatasetReader | None = None
) -> Inspection:
    """Reads every pixel of the band once; what it carries is in `upload` where it was converted.

    Raises TooManyValues, UnusableCrs, UnreadableRaster.
    """
    with reading(Path(dataset.name)):
        counts = count(dataset, max_values)
    nodata = integer_nodata(dataset)
    carried = carried_inside(upload or dataset, counts.values, nodata, scratch)
    empty = not any(value != nodata for value in counts.values)
    return Inspection(
        width=dataset.width,
        height=dataset.height,
        nodata=nodata,
        counts=counts.values,
        masked=counts.masked,
        statistics=statistics(dataset, counts),
        class_source=carried.source,
        classes=carried.classes,
        colors=dict(carried.colors),
        table=carried.table,
        notices=(no_valid_pixels(),) if empty else (),
    )


def inspect_continuous(path: Path) -> Inspection:
    """Terracotta's own statistics of a raster of measurements, from a sample of its pixels."""
    with open_raster(path) as dataset:
        found = continuous_statistics(dataset)
        return Inspection(
            categorical=False,
            width=dataset.width,
            height=dataset.height,
            nodata=dataset.nodata,
            statistics=found or no_statistics(dataset),
            notices=() if found else (no_valid_pixels(),),
        )


def from_document(content: bytes | None) -> Inspection | None:
    """A stored inspection, or None where there is none that this version understands."""
    if content is None:
        return None
    try:
        found = Inspection.model_validate_json(content)
    except ValidationError:
        return None
    return found if found.format == FORMAT else None
