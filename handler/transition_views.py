"""What became of each class from one date to another: /transitions."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import terracotta
from flask import Blueprint, Flask, Response, request
from numpy.typing import NDArray

from categorical.classes import Class
from handler.catalog import Catalog, Dataset
from handler.cross_origin import allow_origins
from handler.documents import answer_computed
from handler.errors import InvalidParameter
from handler.rasters import Rasters
from handler.settings import Settings
from handler.shares import exactness, share

if TYPE_CHECKING:  # imported by the view: a tile's cold start does without
    from handler.areas.transitions import Transitions

View = Callable[..., Response]


class TransitionViews:
    """The view; `catalog` finds both datasets, `rasters` their pixels."""

    def __init__(self, catalog: Catalog, rasters: Rasters, settings: Settings) -> None:
        self._catalog, self._rasters, self._settings = catalog, rasters, settings

    @property
    def documented(self) -> tuple[View, ...]:
        """The views that belong in the OpenAPI document."""
        return (self.get_transitions,)

    def register(self, app: Flask) -> None:
        """Adds /transitions to `app`."""
        api = Blueprint("transition_api", __name__)
        allow_origins(api, terracotta.get_settings().ALLOWED_ORIGINS_METADATA)
        api.add_url_rule("/transitions/<path:keys>", view_func=self.get_transitions)
        app.register_blueprint(api)

    def get_transitions(self, keys: str) -> Response:
        """Return what became of each class until another date
        ---
        get:
            summary: /transitions
            description: >
                Compare a dataset with another date of the same product (all keys but the date).
                Return native pixels and square metres on the WGS 84 ellipsoid that went from each
                class to each other class, and those that stayed, which are marked as unchanged.
                Each pixel of the dataset is compared with the pixel of the other date that holds
                its centre, also where their grids differ. Of large rasters overviews are read, at
                the resolution that the answer states.
            parameters: [keys, to]
            responses:
                200: transitions
                304: unchanged
                400: invalid
                404: unknown
                413: large
                503: away
        """
        from handler.areas.transitions import Limits, measure_transitions

        dataset = self._catalog.find(keys)
        other = self._catalog.find_date(dataset, _date(request.args.get("to")))
        classes = dataset.require_classes(), other.require_classes()
        limits = Limits(self._settings.max_pixels, self._settings.max_transitions)

        def measure() -> dict[str, Any]:
            found = self._rasters.use_two(
                dataset, other, lambda *rasters: measure_transitions(rasters, classes, limits)
            )
            return _document(dataset, other, found)

        return answer_computed([dataset, other], measure, self._settings.metadata_max_age)


def _date(text: str | None) -> str:
    if not text:
        raise InvalidParameter("to is missing: give another date of this product, ?to=20191010")
    return text


def _document(dataset: Dataset, other: Dataset, found: "Transitions") -> dict[str, Any]:
    fates = _fates(dataset.classes, found.earlier), _fates(other.classes, found.later)
    hidden = np.maximum(*fates) == _HIDDEN
    foreign = ~hidden & (np.maximum(*fates) == _FOREIGN)
    listed = np.flatnonzero(~hidden & ~foreign).tolist()
    return {
        "keys": dataset.keys,
        "version": dataset.version,
        "to_keys": other.keys,
        "to_version": other.version,
        "transitions": [_row(dataset.classes, other.classes, found, place) for place in listed],
        "unclassified": _total(found, foreign),
        "nodata": _total(found, hidden),
        "counts": exactness(found.is_exact),
        "areas": exactness(found.is_exact),
        "resolution": found.resolution,
        "to_resolution": found.later_resolution,
    }


_DRAWN, _FOREIGN, _HIDDEN = range(3)


def _fates(classes: Sequence[Class], numbers: NDArray[np.intp]) -> NDArray[np.intp]:
    """Whether these numbers of a ClassIndex are classes, foreign values, or no data."""
    known = [_HIDDEN if item.nodata else _DRAWN for item in classes]
    return np.array([*known, _FOREIGN, _HIDDEN])[numbers]


def _row(
    earlier: Sequence[Class], later: Sequence[Class], found: "Transitions", place: int
) -> dict[str, Any]:
    """A label stands for the same thing on all dates of a product, its value may not."""
    one, other = earlier[found.earlier[place]], later[found.later[place]]
    return {
        "from": one.value,
        "to": other.value,
        "from_label": one.label,
        "to_label": other.label,
        "unchanged": one.label == other.label,
        **share(found.counts[place], found.areas[place]),
    }


def _total(found: "Transitions", chosen: NDArray[np.bool_]) -> dict[str, int | float]:
    return share(found.counts[chosen].sum(), found.areas[chosen].sum())
