"""The pages for people: / lists the products, /map/<keys> shows a dataset."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request
from markupsafe import Markup
from werkzeug import Response as WerkzeugResponse

from categorical.classes import Class
from categorical.urls import quote_component
from handler.catalog import Catalog, Dataset
from handler.database import Database
from handler.error_answers import answer_errors
from handler.errors import DatasetNotFound
from handler.pages import Pages, missing_slash, root_of, to_script
from handler.products import MAX_PAGE, Product, find_products
from handler.settings import Settings
from handler.static_files import StaticFiles

View = Callable[..., WerkzeugResponse]

THUMBNAIL = "%5B180%2C320%5D"  # rows, columns
MODULES = (  # what map.js imports, for the browser to fetch all at once
    *("categorical.js", "map_api.js", "map_areas.js", "map_classes.js", "map_code.js"),
    *("map_dates.js", "map_layer.js", "map_notice.js", "map_place.js", "snippets.js"),
)
STRIP = 40  # classes that a card shows the colours of


@dataclass(frozen=True)
class Card:
    """What the start page says of a product; `dataset` is its newest one."""

    product: Product
    dataset: Dataset

    @property
    def path(self) -> str:
        """The key values of the newest dataset, encoded."""
        return "/".join(map(quote_component, self.dataset.keys.values()))

    @property
    def drawn(self) -> list[Class]:
        """The classes that have a colour on the map."""
        return [item for item in self.dataset.classes if not item.nodata]


class PageViews:
    """The views; `catalog` and `database` find datasets."""

    def __init__(
        self, catalog: Catalog, database: Database, files: StaticFiles, settings: Settings
    ) -> None:
        self._catalog, self._database, self._settings = catalog, database, settings
        self._pages = Pages(files, settings)

    @property
    def documented(self) -> tuple[View, ...]:
        """The views that belong in the OpenAPI document."""
        return self.get_index, self.get_map

    def register(self, app: Flask) -> None:
        """Adds / and /map to `app`, whose errors are pages too."""
        pages = Blueprint("page_api", __name__, template_folder="templates")
        pages.add_url_rule("/", view_func=self.get_index)
        pages.add_url_rule("/map/<path:keys>", view_func=self.get_map)
        answer_errors(pages, self._settings, self._pages.answer_error)
        app.register_blueprint(pages)

    def get_index(self) -> WerkzeugResponse:
        """Return the start page
        ---
        get:
            summary: / (start page)
            description: >
                Return an HTML page of all products, datasets that differ in their date only, with
                links to their maps.
            parameters: [q, page]
            responses: {200: page, 304: unchanged, 503: awaypage}
        """
        slash = missing_slash(request)
        if slash is not None:
            query = request.query_string.decode("latin-1")
            return redirect(f"{slash}?{query}" if query else slash)
        text, number = request.args.get("q", "").strip()[:200].replace("\0", ""), _page_number()
        page = find_products(self._database, self._settings.date_key, text, number)
        cards = [card for product in page.products for card in self._cards(product)]
        return self._pages.answer(
            "index.html",
            page=page,
            cards=cards,
            text=text,
            date_key=self._settings.date_key,
            thumbnail=THUMBNAIL,
            strip=STRIP,
        )

    def _cards(self, product: Product) -> list[Card]:
        """None where the product was removed just now."""
        try:
            return [Card(product, self._catalog.find("/".join(product.keys.values())))]
        except DatasetNotFound:
            return []

    def get_map(self, keys: str) -> Response:
        """Return the map page of a dataset
        ---
        get:
            summary: /map
            description: >
                Return an HTML page with a map of the dataset: switches for its classes, the label
                at a place, the dates of its product, areas, and code to copy for map libraries.
            parameters: [keys]
            responses: {200: page, 304: unchanged, 400: wrongpage, 404: nopage, 503: awaypage}
        """
        dataset = self._catalog.find(keys)
        facts = Markup(to_script(self._facts(dataset)))  # noqa: S704 (escaped for a script block)
        path = "/".join(map(quote_component, dataset.keys.values()))
        return self._pages.answer(
            "map.html", dataset=dataset, path=path, facts=facts, modules=MODULES
        )

    def _facts(self, dataset: Dataset) -> dict[str, Any]:
        """What the page's script starts from."""
        settings = self._settings
        return {
            "root": root_of(request),
            "keys": dataset.keys,
            "dateKey": settings.date_key if settings.date_key in dataset.keys else None,
            "classified": bool(dataset.classes),
            "bounds": dataset.bounds,
            "attribution": settings.attribution,
            "basemap": settings.basemap_url
            and {"url": settings.basemap_url, "attribution": settings.basemap_attribution or ""},
        }


def _page_number() -> int:
    """The page that is asked for; the first one where that is no number."""
    text = request.args.get("page", "1")
    return min(int(text), MAX_PAGE) if text.isascii() and text.isdecimal() and len(text) < 9 else 1
