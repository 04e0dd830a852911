"""What the colours mean: /classes and /legend."""

from collections.abc import Callable
from typing import Any

import terracotta
from flask import Blueprint, Flask, Response

from categorical.classes import Class, to_stac
from categorical.legend import make_legend, to_json
from handler.catalog import Catalog, Dataset
from handler.cross_origin import allow_origins
from handler.documents import answer_document
from handler.registered_classes import Counted
from handler.settings import Settings

View = Callable[..., Response]


class ClassViews:
    """The views; `catalog` finds the dataset."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._catalog, self._max_age = catalog, settings.metadata_max_age

    @property
    def documented(self) -> tuple[View, ...]:
        """The views that belong in the OpenAPI document."""
        return self.get_classes, self.get_legend

    def register(self, app: Flask) -> None:
        """Adds /classes and /legend to `app`."""
        api = Blueprint("class_api", __name__)
        allow_origins(api, terracotta.get_settings().ALLOWED_ORIGINS_METADATA)
        api.add_url_rule("/classes/<path:keys>", view_func=self.get_classes)
        api.add_url_rule("/legend/<path:keys>.json", view_func=self.get_legend)
        app.register_blueprint(api)

    def get_classes(self, keys: str) -> Response:
        """Return the classes of a dataset
        ---
        get:
            summary: /classes
            description: >
                Return the classes of a dataset in terms of the STAC classification extension, in
                the order of their values, with their final colours, and how often they occur.
            parameters: [keys, v]
            responses: {200: classes, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        dataset = self._catalog.find(keys)
        classes = [describe_class(item, dataset) for item in dataset.require_classes()]
        document = {"keys": dataset.keys, "version": dataset.version, "classes": classes}
        return answer_document(dataset, document, self._max_age)

    def get_legend(self, keys: str) -> Response:
        """Return the legend of a dataset
        ---
        get:
            summary: /legend
            description: Return label and colour of each class that is drawn, in order.
            parameters: [keys, v]
            responses: {200: legend, 304: unchanged, 400: invalid, 404: unknown, 503: away}
        """
        dataset = self._catalog.find(keys)
        legend = make_legend(dataset.title, dataset.require_classes())
        return answer_document(dataset, to_json(legend), self._max_age)


def describe_class(item: Class, dataset: Dataset) -> dict[str, Any]:
    """The class in terms of STAC, with how often it occurs; None where nobody counted."""
    counted = dataset.counted.get(item.value, Counted())
    return {**to_stac(item), "count": counted.count, "percentage": counted.percentage}
