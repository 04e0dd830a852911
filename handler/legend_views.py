"""The legend as a picture: /legend/<keys>.png and .svg."""

from collections.abc import Callable

import terracotta
from flask import Blueprint, Flask, Response

from categorical.legend import Legend, make_legend
from handler.catalog import Catalog
from handler.cross_origin import allow_origins
from handler.documents import answer_body
from handler.settings import Settings

View = Callable[..., Response]


class LegendViews:
    """The views; `catalog` finds the dataset."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._catalog, self._max_age = catalog, settings.metadata_max_age
        self._most = settings.max_legend_entries

    @property
    def documented(self) -> tuple[View, ...]:
        """The views that belong in the OpenAPI document."""
        return self.get_png, self.get_svg

    def register(self, app: Flask) -> None:
        """Adds /legend in its picture formats to `app`."""
        api = Blueprint("legend_api", __name__)
        allow_origins(api, terracotta.get_settings().ALLOWED_ORIGINS_METADATA)
        api.add_url_rule("/legend/<path:keys>.png", view_func=self.get_png)
        api.add_url_rule("/legend/<path:keys>.svg", view_func=self.get_svg)
        app.register_blueprint(api)

    def get_png(self, keys: str) -> Response:
        """Return the legend of a dataset as PNG
        ---
        get:
            summary: /legend (PNG)
            description: >
                Return the legend as a picture that reads on light and dark pages. Characters that
                its font lacks are written in Latin letters.
            parameters: [keys, v]
            responses: {200: image, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        from categorical.legend_png import to_png  # takes Pillow's time only here

        return self._picture(keys, lambda legend: to_png(legend, self._most), "image/png")

    def get_svg(self, keys: str) -> Response:
        """Return the legend of a dataset as SVG
        ---
        get:
            summary: /legend (SVG)
            description: >
                Return the legend as a picture that reads on light and dark pages, with title and
                description for screen readers.
            parameters: [keys, v]
            responses: {200: drawing, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        from categorical.legend_svg import to_svg

        return self._picture(
            keys, lambda legend: to_svg(legend, self._most).encode(), "image/svg+xml"
        )

    def _picture(self, keys: str, draw: Callable[[Legend], bytes], mimetype: str) -> Response:
        dataset = self._catalog.find(keys)
        legend = make_legend(dataset.title, dataset.require_classes())
        return answer_body(dataset, draw(legend), mimetype, self._max_age)
