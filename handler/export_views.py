"""A dataset's classes as files that other programs read: /export."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import terracotta
from flask import Blueprint, Flask, Response, request

from categorical.classes import to_stac
from categorical.periods import Period, parse_period
from handler.catalog import Catalog, Dataset
from handler.cross_origin import allow_origins
from handler.documents import answer_body, answer_document
from handler.errors import NoDates
from handler.public_url import base_url
from handler.rasters import Rasters
from handler.settings import Settings

if TYPE_CHECKING:  # imported by the views: a tile's cold start does without
    from handler.stac import Asset, Band
    from handler.tiles import Raster

View = Callable[..., Response]


class ExportViews:
    """The views; `catalog` finds the dataset, `rasters` its place on Earth."""

    def __init__(self, catalog: Catalog, rasters: Rasters, settings: Settings) -> None:
        self._catalog, self._rasters, self._settings = catalog, rasters, settings

    @property
    def documented(self) -> tuple[View, ...]:
        """The views that belong in the OpenAPI document."""
        return self.get_color_file, self.get_qgis_style, self.get_aux_xml, self.get_stac_item

    def register(self, app: Flask) -> None:
        """Adds /export to `app`."""
        api = Blueprint("export_api", __name__)
        allow_origins(api, terracotta.get_settings().ALLOWED_ORIGINS_METADATA)
        rule = "/export/<path:keys>"
        api.add_url_rule(f"{rule}.clr", view_func=self.get_color_file)
        api.add_url_rule(f"{rule}.qml", view_func=self.get_qgis_style)
        api.add_url_rule(f"{rule}.aux.xml", view_func=self.get_aux_xml)
        api.add_url_rule(f"{rule}.stac.json", view_func=self.get_stac_item)
        app.register_blueprint(api)

    def get_color_file(self, keys: str) -> Response:
        """Return the classes of a dataset as a colour file
        ---
        get:
            summary: /export (colour file)
            description: >
                Return a line `value red green blue alpha label` for each class, as QGIS reads it,
                and Esri the first four columns of. Nodata classes have alpha 0.
            parameters: [keys, v]
            responses: {200: color_file, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        from categorical.exports import to_color_file

        dataset = self._catalog.find(keys)
        text = to_color_file(dataset.require_classes())
        return self._file(dataset, text.encode(), "text/plain", "clr")

    def get_qgis_style(self, keys: str) -> Response:
        """Return the classes of a dataset as a QGIS layer style
        ---
        get:
            summary: /export (QGIS style)
            description: >
                Return a QGIS layer style with a paletted renderer: value, label, colour and opacity
                of each class. QGIS takes it for the raster's own if it has the raster's name.
            parameters: [keys, v]
            responses: {200: qgis_style, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        from categorical.exports import to_qgis_style

        dataset = self._catalog.find(keys)
        style = to_qgis_style(dataset.require_classes())
        return self._file(dataset, style, "application/xml", "qml")

    def get_aux_xml(self, keys: str) -> Response:
        """Return the classes of a dataset as GDAL's own sidecar
        ---
        get:
            summary: /export (GDAL)
            description: >
                Return colour table, category names and raster attribute table, as GDAL and all
                programs on it read them from a file that has the raster's name and `.aux.xml`
                behind it. Where a value is negative or larger than 16,383 there is the attribute
                table alone.
            parameters: [keys, v]
            responses: {200: aux_xml, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        from categorical.exports import to_aux_xml

        dataset = self._catalog.find(keys)
        counts = {value: n.count for value, n in dataset.counted.items() if n.count is not None}
        sidecar = to_aux_xml(dataset.require_classes(), counts)
        return self._file(dataset, sidecar, "application/xml", "tif.aux.xml")

    def get_stac_item(self, keys: str) -> Response:
        """Return a dataset as a STAC item
        ---
        get:
            summary: /export (STAC)
            description: >
                Return a STAC 1.1 item with the extensions for classification, raster and
                projection. Its time is the date among the keys (a year, a month, a day or a moment
                as ISO 8601 has it), failing that the time of the registration; without either there
                is none, 404.
            parameters: [keys, v]
            responses: {200: stac_item, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        from handler.stac import describe_band, make_item

        dataset, settings = self._catalog.find(keys), self._settings
        classes = [to_stac(item) for item in dataset.require_classes()]
        base = base_url(request, settings.public_url)
        path = "/".join(quote(value, safe="") for value in dataset.keys.values())
        band = self._rasters.use(dataset, _band)
        item = make_item(
            "_".join(dataset.keys.values()),
            dataset.title,
            f"{base}/export/{path}.stac.json",
            _period(dataset, settings.date_key),
            band,
            _assets(dataset, base, path, describe_band(band, classes), settings.published_url),
        )
        return answer_document(dataset, item, settings.metadata_max_age, "application/geo+json")

    def _file(self, dataset: Dataset, body: bytes, mimetype: str, suffix: str) -> Response:
        response = answer_body(dataset, body, mimetype, self._settings.metadata_max_age)
        name = f"{'_'.join(dataset.keys.values())}.{suffix}"
        response.headers.set("Content-Disposition", "attachment", filename=name)
        return response


def _band(raster: "Raster") -> "Band":
    from handler.areas.grid import Grid
    from handler.areas.pixel_areas import PixelAreas
    from handler.stac import Band

    return Band.of(raster, PixelAreas(Grid.of(raster)).typical)


def _period(dataset: Dataset, date_key: str) -> Period:
    for text in (dataset.keys.get(date_key, ""), dataset.registered_at):
        period = parse_period(text)
        if period is not None:
            return period
    raise NoDates(
        f"a STAC item needs a date, and {dataset.title} has none such as 2018, 201810 or 20181010"
    )


def _assets(
    dataset: Dataset, base: str, path: str, raster: "Asset", published: str | None
) -> dict[str, "Asset"]:
    """The raster if others can read it, and what the API makes of it."""
    made = {
        "tilejson": _asset(f"{base}/tilejson/{path}.json", "application/json", "tiles"),
        "preview": _asset(f"{base}/categorical/{path}/preview.png", "image/png", "overview"),
        "legend": _asset(f"{base}/legend/{path}.png", "image/png", "metadata"),
    }
    address = _raster_url(dataset.path, published)
    if address is None:
        return {**made, "tilejson": {**made["tilejson"], **raster}}
    kind = "image/tiff; application=geotiff; profile=cloud-optimized"
    return {"data": {**_asset(address, kind, "data"), **raster}, **made}


def _asset(href: str, kind: str, role: str) -> "Asset":
    return {"href": href, "type": kind, "roles": [role]}


def _raster_url(path: str, published: str | None) -> str | None:
    """Where the raster may be read; None for a file on the server's own disk."""
    if not path.startswith("s3://"):
        return None
    if published is None:
        return path
    _, _, key = path.removeprefix("s3://").partition("/")
    return f"{published}/{quote(key)}"
