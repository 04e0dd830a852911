"""How much of each class there is: /statistics, of a whole dataset or inside polygons."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import terracotta
from flask import Blueprint, Flask, Response, request

from categorical.classes import Class
from handler.catalog import Catalog, Dataset
from handler.cross_origin import allow_origins
from handler.documents import answer_computed, answer_once
from handler.errors import TooLarge
from handler.rasters import Rasters
from handler.registered_classes import Counted
from handler.settings import Settings
from handler.shares import exactness, share

if TYPE_CHECKING:  # imported by the views: a tile's cold start does without
    from handler.areas.statistics import Statistics

View = Callable[..., Response]


class StatisticsViews:
    """The views; `catalog` finds the dataset, `rasters` its pixels."""

    def __init__(self, catalog: Catalog, rasters: Rasters, settings: Settings) -> None:
        self._catalog, self._rasters, self._settings = catalog, rasters, settings

    @property
    def documented(self) -> tuple[View, ...]:
        """The views that belong in the OpenAPI document."""
        return self.get_statistics, self.post_statistics

    def register(self, app: Flask) -> None:
        """Adds /statistics to `app`."""
        api = Blueprint("statistics_api", __name__)
        allow_origins(api, terracotta.get_settings().ALLOWED_ORIGINS_METADATA)
        rule = "/statistics/<path:keys>"
        api.add_url_rule(rule, view_func=self.get_statistics, methods=["GET"])
        api.add_url_rule(rule, view_func=self.post_statistics, methods=["POST"])
        app.register_blueprint(api)

    def get_statistics(self, keys: str) -> Response:
        """Return pixels and area of each class
        ---
        get:
            summary: /statistics
            description: >
                Return native pixels and square metres on the WGS 84 ellipsoid of each class in the
                whole dataset. Counts are those of the ingestion, where there are any. Areas are
                exact where all pixels have the same, and where the raster is small enough to be
                read; of larger ones an overview is read, at the resolution that the answer states.
            parameters: [keys, v]
            responses:
                200: statistics
                304: unchanged
                400: invalid
                404: unknown
                413: large
                503: away
        """
        from handler.areas.statistics import measure_raster

        dataset = self._catalog.find(keys)
        classes, most = dataset.require_classes(), self._settings.max_pixels
        counts = {value: n.count for value, n in dataset.counted.items() if n.count is not None}

        def measure() -> dict[str, Any]:
            found = self._rasters.use(
                dataset, lambda raster: measure_raster(raster, classes, counts, most)
            )
            return _document(dataset, found, _registered(dataset) or _percentages(classes, found))

        return answer_computed([dataset], measure, self._settings.metadata_max_age)

    def post_statistics(self, keys: str) -> Response:
        """Return pixels and area of each class inside polygons
        ---
        post:
            summary: /statistics (polygons)
            description: >
                Return native pixels and square metres on the WGS 84 ellipsoid of each class inside
                a GeoJSON polygon, or any of several. A pixel counts if its centre lies inside. Of
                a large outline an overview is read, at the resolution that the answer states.
            parameters: [keys]
            requestBody:
                required: true
                content:
                    application/json: {schema: geojson}
                    application/geo+json: {schema: geojson}
            responses: {200: inside, 400: invalid, 404: unknown, 413: large, 503: away}
        """
        from handler.areas.geojson import parse_polygons
        from handler.areas.statistics import measure_polygons

        dataset, settings = self._catalog.find(keys), self._settings
        classes = dataset.require_classes()
        polygons = parse_polygons(self._body(), settings.max_geojson_positions)
        found = self._rasters.use(
            dataset,
            lambda raster: measure_polygons(raster, classes, polygons, settings.max_pixels),
        )
        return answer_once(_document(dataset, found, _percentages(classes, found)))

    def _body(self) -> bytes:
        limit = self._settings.max_geojson_bytes
        if (request.content_length or 0) > limit:
            raise TooLarge(
                f"the body has {request.content_length:,} bytes, more than {limit:,}: simplify the "
                "outline, or ask in parts"
            )
        return request.get_data(cache=False)


def _document(
    dataset: Dataset, found: "Statistics", percentages: Sequence[float]
) -> dict[str, Any]:
    counts, areas = found.tally.counts.tolist(), found.tally.areas.tolist()
    *shares, unclassified, hidden = (share(*each) for each in zip(counts, areas, strict=True))
    read = found.resolution is not None
    return {
        "keys": dataset.keys,
        "version": dataset.version,
        "classes": [
            {"value": item.value, "label": item.label, **each, "percentage": percentage}
            for item, each, percentage in zip(dataset.classes, shares, percentages, strict=True)
        ],
        "unclassified": unclassified if read else None,
        "nodata": hidden if read else None,
        "counts": exactness(found.exact_counts),
        "areas": exactness(found.exact_areas),
        "resolution": found.resolution,
    }


def _registered(dataset: Dataset) -> list[float] | None:
    """The percentages that the ingestion counted, None if it did not count all classes."""
    counted = [dataset.counted.get(item.value, Counted()).percentage for item in dataset.classes]
    known = [percentage for percentage in counted if percentage is not None]
    return known if len(known) == len(counted) else None


def _percentages(classes: Sequence[Class], found: "Statistics") -> list[float]:
    """Shares of the pixels that are no nodata, as the ingestion counts them."""
    counts = found.tally.counts[:-1]  # without what is hidden
    drawn = np.array([not item.nodata for item in classes] + [True])
    total = counts[drawn].sum() or 1
    return [round(float(share), 6) for share in 100 * np.where(drawn, counts, 0)[:-1] / total]
