"""What a map library needs to know about a dataset: /tilejson."""

from collections.abc import Callable, Iterable, Sequence

import terracotta
from flask import Blueprint, Flask, Response, request

from categorical.errors import CategoricalError
from categorical.legend import make_legend
from categorical.urls import categorical_url
from handler.areas.grid import Grid
from handler.catalog import Catalog
from handler.class_views import describe_class
from handler.coloring import choose_classes
from handler.cross_origin import allow_origins
from handler.documents import answer_document
from handler.errors import InvalidParameter
from handler.public_url import base_url
from handler.rasters import Rasters
from handler.settings import Settings
from handler.static_files import CLIENT, StaticFiles
from handler.tilejson import extent_of, make_tilejson

View = Callable[..., Response]


class TileJsonViews:
    """The view; `catalog` finds the dataset, `rasters` its place on Earth, `files` the client."""

    def __init__(
        self, catalog: Catalog, rasters: Rasters, files: StaticFiles, settings: Settings
    ) -> None:
        self._catalog, self._rasters, self._settings = catalog, rasters, settings
        self._client = files.path(CLIENT)

    @property
    def documented(self) -> tuple[View, ...]:
        """The views that belong in the OpenAPI document."""
        return (self.get_tilejson,)

    def register(self, app: Flask) -> None:
        """Adds /tilejson to `app`."""
        api = Blueprint("tilejson_api", __name__)
        allow_origins(api, terracotta.get_settings().ALLOWED_ORIGINS_METADATA)
        api.add_url_rule("/tilejson/<path:keys>.json", view_func=self.get_tilejson)
        app.register_blueprint(api)

    def get_tilejson(self, keys: str) -> Response:
        """Return a TileJSON document
        ---
        get:
            summary: /tilejson
            description: >
                Return a TileJSON 3.0 document: the address of the tiles in registered colours, with
                the dataset's version, bounds that do not wrap around, zooms by the raster's
                resolution, the legend as text, the classes, and the address of our JavaScript
                client.
            parameters: [keys, show, v]
            responses: {200: tilejson, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        dataset, settings = self._catalog.find(keys), self._settings
        shown = request.args.getlist("show")
        classes = choose_classes(dataset.require_classes(), shown)
        base = base_url(request, settings.public_url)
        document = make_tilejson(
            dataset.title,
            _tile_url(base, tuple(dataset.keys.values()), shown, dataset.version),
            self._rasters.use(dataset, lambda raster: extent_of(Grid.of(raster))),
            make_legend(dataset.title, classes),
            [describe_class(item, dataset) for item in classes],
            settings.attribution,
            f"{base}/{self._client}",
        )
        return answer_document(dataset, document, settings.metadata_max_age)


def _tile_url(base: str, keys: Iterable[str], show: Sequence[str], version: str | None) -> str:
    """The template of the short tile URL, encoded. Raises InvalidParameter if none can hold it."""
    try:
        return categorical_url(base, keys, show=show, version=version)
    except CategoricalError as error:
        raise InvalidParameter(str(error)) from error
