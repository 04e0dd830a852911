"""What is at a place: /point, and on all dates: /series."""

from collections.abc import Callable
from typing import Any

import terracotta
from flask import Blueprint, Flask, Response, request

from handler.areas.pixel import Pixel, pixel_at
from handler.catalog import Catalog, Dataset
from handler.cross_origin import allow_origins
from handler.documents import answer_computed, answer_document
from handler.errors import OutsideRaster, RasterMissing
from handler.paging import parse_page
from handler.place import Place, parse_place
from handler.rasters import Rasters
from handler.settings import Settings

View = Callable[..., Response]

_NO_PIXEL = Pixel(-1, -1, None, is_nodata=True)


class PlaceViews:
    """The views; `catalog` finds datasets, `rasters` their pixels."""

    def __init__(self, catalog: Catalog, rasters: Rasters, settings: Settings) -> None:
        self._catalog, self._rasters = catalog, rasters
        self._max_age, self._most = settings.metadata_max_age, settings.max_dates

    @property
    def documented(self) -> tuple[View, ...]:
        """The views that belong in the OpenAPI document."""
        return self.get_point, self.get_series

    def register(self, app: Flask) -> None:
        """Adds /point and /series to `app`."""
        api = Blueprint("place_api", __name__)
        allow_origins(api, terracotta.get_settings().ALLOWED_ORIGINS_METADATA)
        api.add_url_rule("/point/<path:keys>", view_func=self.get_point)
        api.add_url_rule("/series/<path:keys>", view_func=self.get_series)
        app.register_blueprint(api)

    def get_point(self, keys: str) -> Response:
        """Return what a dataset holds at a place
        ---
        get:
            summary: /point
            description: >
                Return the value of the native pixel that holds a place, with the label and colour
                of its class. Label and colour are null where no class has the value, and for
                nodata, which the answer names as such. A place outside of the raster is 404.
            parameters: [keys, lon, lat, v]
            responses: {200: point, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        place = parse_place(request.args)
        dataset = self._catalog.find(keys)
        dataset.require_classes()
        pixel = self._pixel(dataset, place)
        if pixel is None:
            raise OutsideRaster(
                f"the place at longitude {place.lon:g}, latitude {place.lat:g} is outside of "
                f"{dataset.title}"
            )
        where = {"lon": place.lon, "lat": place.lat, "column": pixel.column, "row": pixel.row}
        document = {**describe_pixel(pixel, dataset), **where, "keys": dataset.keys}
        return answer_document(dataset, document, self._max_age)

    def get_series(self, keys: str) -> Response:
        """Return what a product holds at a place on all its dates
        ---
        get:
            summary: /series
            description: >
                Return what the datasets of one product (all keys but the date) hold at a place, in
                the order of their dates, as /point has it. The status says whether a raster was
                read, does not cover the place (outside), or no longer exists (missing). A product
                with more dates than the limit is asked for page by page, from page 0 on.
            parameters: [keys, lon, lat, dates_limit, dates_page]
            responses: {200: series, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        place, page = parse_place(request.args), parse_page(request.args, self._most)
        dataset = self._catalog.find(keys)
        dataset.require_classes()
        dates = self._catalog.find_dates(dataset, page)

        def read() -> dict[str, Any]:
            return {
                "keys": dataset.keys,
                "lon": place.lon,
                "lat": place.lat,
                "series": [
                    {"date": date, **self._status(each, place)} for date, each in dates.datasets
                ],
                "total": dates.total,
                "limit": page.limit,
                "page": page.page,
            }

        listed = [each for _, each in dates.datasets]
        return answer_computed(listed, read, self._max_age, dataset.version, dates.total)

    def _status(self, dataset: Dataset, place: Place) -> dict[str, Any]:
        try:
            pixel = self._pixel(dataset, place)
        except RasterMissing:
            return {"status": "missing", **describe_pixel(_NO_PIXEL, dataset)}
        status = "outside" if pixel is None else "read"
        return {"status": status, **describe_pixel(pixel or _NO_PIXEL, dataset)}

    def _pixel(self, dataset: Dataset, place: Place) -> Pixel | None:
        return self._rasters.use(dataset, lambda raster: pixel_at(raster, place.lon, place.lat))


def describe_pixel(pixel: Pixel, dataset: Dataset) -> dict[str, Any]:
    """{"value", "label", "color", "nodata"}, and "alpha" where it is not 255.

    The class of a value decides, also where the raster calls the value nodata, as in tiles. Only a
    class that is drawn has a colour.
    """
    known = next((item for item in dataset.classes if item.value == pixel.value), None)
    if known is None:
        return {"value": pixel.value, "label": None, "color": None, "nodata": pixel.is_nodata}
    drawn = None if known.nodata else known.color
    return {
        "value": pixel.value,
        "label": known.label,
        "color": drawn and drawn.hex,
        **({"alpha": drawn.alpha} if drawn and drawn.alpha < 255 else {}),
        "nodata": known.nodata,
    }
