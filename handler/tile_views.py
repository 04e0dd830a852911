"""Tiles and previews in the colours of classes: /singleband with explicit colours, /categorical."""

from collections.abc import Callable
from typing import Any

import terracotta
from flask import Blueprint, Flask, Response, request

from categorical.errors import shown
from handler import http_cache
from handler.cache import Cache
from handler.catalog import Catalog, Dataset
from handler.coloring import Coloring, color_classes
from handler.cross_origin import allow_origins
from handler.errors import InvalidParameter
from handler.query import (
    CategoricalQuery,
    Queries,
    SinglebandQuery,
    parse_categorical,
    parse_singleband,
)
from handler.rasters import Rasters, Tile
from handler.settings import Settings
from handler.tiles import READER_VERSION

View = Callable[..., Any]

MAX_ZOOM = 30
_TILE = "/<int:tile_z>/<int:tile_x>/<int:tile_y>.png"
_SIGNED_TILE = _TILE.replace("<int:", "<int(signed=True):")


class TileViews:
    """The views, and what they keep between requests."""

    def __init__(self, catalog: Catalog, rasters: Rasters, settings: Settings) -> None:
        self._catalog, self._max_age = catalog, settings.tile_max_age
        self._rasters = rasters
        self._singleband = Queries(parse_singleband, settings)
        self._categorical = Queries(parse_categorical, settings)
        self._colorings: Cache[tuple[Dataset, tuple[str, ...]], Coloring] = Cache(
            settings.max_color_maps
        )

    @property
    def documented(self) -> tuple[View, ...]:
        """The views that belong in the OpenAPI document."""
        return self.get_categorical, self.get_preview

    def register(self, app: Flask) -> None:
        """Adds /categorical to `app`, and stands before Terracotta's /singleband."""
        for endpoint in ("tile_api.get_singleband", "tile_api.get_singleband_preview"):
            app.view_functions[endpoint] = self._before(app.view_functions[endpoint])
        api = Blueprint("categorical_api", __name__)
        allow_origins(api, terracotta.get_settings().ALLOWED_ORIGINS_TILES)
        api.add_url_rule(f"/categorical/<path:keys>{_TILE}", view_func=self.get_categorical)
        api.add_url_rule("/categorical/<path:keys>/preview.png", view_func=self.get_preview)
        for kind in ("categorical", "singleband", "rgb", "compute"):
            api.add_url_rule(f"/{kind}/<path:keys>{_SIGNED_TILE}", view_func=self.refuse_tile)
        app.register_blueprint(api)

    def get_categorical(self, keys: str, **tile: int) -> Response:
        """Return the requested tile in the registered colours of its classes
        ---
        get:
            summary: /categorical (tile)
            description: >
                Return the requested XYZ tile as PNG, each pixel in the registered colour of its
                class. Pixels of other classes than those to show, of no class and of nodata
                classes are transparent, and so is a tile outside of the raster.
            parameters: [keys, tile_z, tile_x, tile_y, show, tile_size, v]
            responses: {200: image, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        return self._classes(keys, check_tile(**tile))

    def get_preview(self, keys: str) -> Response:
        """Return the whole dataset in the registered colours of its classes
        ---
        get:
            summary: /categorical (preview)
            description: Return the whole dataset as PNG in the registered colours of its classes
            parameters: [keys, show, tile_size, v]
            responses: {200: image, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        return self._classes(keys, None)

    def refuse_tile(self, keys: str, **tile: int) -> Response:
        """400: a negative number is in the path, which Terracotta's own rules do not match."""
        place = check_tile(**tile)
        raise InvalidParameter(f"{place} of {shown(keys)} is no tile")

    def _before(self, stock: View) -> View:
        """A view that answers explicit colours itself, and leaves all else to `stock`."""

        def singleband(keys: str, **tile: int) -> Any:
            query = self._singleband.read(request)
            if query.coloring is None:
                return stock(keys=keys, **tile)
            place = check_tile(**tile) if tile else None
            return self._image(self._catalog.find(keys), query.coloring, query, place)

        return singleband

    def _classes(self, keys: str, tile: Tile | None) -> Response:
        query = self._categorical.read(request)
        dataset = self._catalog.find(keys)
        coloring = self._colorings.get((dataset, query.show))
        if coloring is None:
            coloring = color_classes(dataset.require_classes(), query.show)
            self._colorings.put((dataset, query.show), coloring)
        return self._image(dataset, coloring, query, tile)

    def _image(
        self,
        dataset: Dataset,
        coloring: Coloring,
        query: SinglebandQuery | CategoricalQuery,
        tile: Tile | None,
    ) -> Response:
        """200 with the PNG, or 304; for what was published, without a look at the raster."""
        cache = http_cache.cache_control(self._max_age, dataset.version, query.version)
        etag = None
        if dataset.version is not None:
            parts = (dataset.path, coloring.digest, tile, query.size, READER_VERSION)
            etag = http_cache.make_etag(*parts)
            if http_cache.has_it(request, etag):
                return http_cache.not_modified(etag, cache)
        png = self._rasters.draw(dataset, tile, coloring.palette, query.size)
        etag = etag or http_cache.content_etag(png)
        return http_cache.answer(request, png, "image/png", etag, cache)


def check_tile(**tile: int) -> Tile:
    """z, x, y of an XYZ tile, if there is such a tile. Raises InvalidParameter."""
    z, x, y = tile["tile_z"], tile["tile_x"], tile["tile_y"]
    if not 0 <= z <= MAX_ZOOM:
        raise InvalidParameter(f"z is {shown(z)}: zoom levels go from 0 to {MAX_ZOOM}")
    for name, number in (("x", x), ("y", y)):
        if not 0 <= number < 2**z:
            raise InvalidParameter(
                f"{name} is {shown(number)}: at zoom level {z} it goes from 0 to {2**z - 1}"
            )
    return z, x, y
