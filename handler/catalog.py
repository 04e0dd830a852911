"""Datasets as the tile API needs them: path, classes in their final colours, version.

Looked up once and then kept for a while, so that a map's next tile asks the database nothing and a
replaced raster still shows soon. While the database is away they are kept for longer: what was
published does not change, so an older answer is a whole one (stale-if-error, RFC 5861).
"""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from categorical.classes import Class, to_stac
from categorical.errors import shown
from handler.cache import Cache
from handler.database import Database, Registration
from handler.errors import (
    DatabaseUnavailable,
    DatasetNotFound,
    InvalidParameter,
    NoDates,
    NotCategorical,
)
from handler.paging import Page
from handler.registered_classes import Counted, read_classes, read_counts
from handler.settings import Settings
from handler.tiles import READER_VERSION

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Dataset:
    """One dataset, as registered.

    `keys` is {key name: value} in order; `bounds` are west, south, east, north in degrees;
    `classes` are in the order of their values, each with its colour. The `version` changes with
    the raster, the classes and the tile reader. There is one only if the ingestion published the
    raster, which then never changes under its path. `registered_at` is a date and time, or empty.
    """

    keys: Mapping[str, str]
    path: str
    bounds: tuple[float, float, float, float] | None
    classes: tuple[Class, ...]
    counted: Mapping[int, Counted]
    version: str | None
    registered_at: str = ""

    @property
    def title(self) -> str:
        """Its key values, as people read them: `categorical / S2 / 20181010 / cloudmask`."""
        return " / ".join(self.keys.values())

    @property
    def values(self) -> list[int]:
        """Pixel values that the raster is known to hold, because the ingestion counted them."""
        return [value for value, counted in self.counted.items() if counted.count]

    def require_classes(self) -> tuple[Class, ...]:
        """The classes. Raises NotCategorical if there are none."""
        if not self.classes:
            raise NotCategorical(
                f"no classes are registered for {self.title}: upload a class file, "
                "or draw it with /singleband"
            )
        return self.classes


@dataclass(frozen=True)
class Dates:
    """Some datasets of one product by their dates, in order, and how many the product has."""

    datasets: tuple[tuple[str, Dataset], ...]
    total: int


@dataclass(frozen=True)
class Known:
    """A dataset, and until when it needs no look at the database."""

    dataset: Dataset
    fresh_until: float


class Catalog:
    """The datasets of a database by their key values, each asked for once in a while."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._settings, self._clock = database, settings, clock
        self._known: Cache[tuple[str, ...], Known] = Cache(settings.max_datasets, clock=clock)
        self._away_until = float("-inf")
        self._missing: Cache[tuple[str, ...], bool] = Cache(settings.max_datasets)

    def find(self, path: str) -> Dataset:
        """The dataset whose key values are in the URL path `path`, split as Terracotta does.

        Raises InvalidParameter for a wrong number of keys, DatasetNotFound, DatabaseUnavailable.
        """
        return self._find(tuple(key for key in path.split("/") if key))

    def find_date(self, dataset: Dataset, date: str) -> Dataset:
        """The dataset of the same product, all keys but the date, with another date.

        Raises NoDates, DatasetNotFound, DatabaseUnavailable.
        """
        key = self._date_key(dataset)
        return self._find(tuple({**dataset.keys, key: date}.values()))

    def find_dates(self, dataset: Dataset, page: Page) -> Dates:
        """The datasets of the same product on a page of all its dates, which are in order.

        Raises NoDates, DatabaseUnavailable.
        """
        key = self._date_key(dataset)
        product = {name: value for name, value in dataset.keys.items() if name != key}
        dates = self._database.values(key, product, page.limit, page.offset)
        return Dates(tuple(self._each_date(dataset, dates)), self._database.count(product))

    def _each_date(self, dataset: Dataset, dates: Iterable[str]) -> Iterator[tuple[str, Dataset]]:
        for date in dates:
            with suppress(DatasetNotFound):  # removed since it was listed
                yield date, self.find_date(dataset, date)

    def _date_key(self, dataset: Dataset) -> str:
        key = self._settings.date_key
        if key not in dataset.keys:
            raise NoDates(f"none of the keys {', '.join(dataset.keys)} is named {key}")
        return key

    def _find(self, keys: tuple[str, ...]) -> Dataset:
        known, now = self._known.get(keys), self._clock()
        if known is None:
            return self._look_up(keys)
        if now < max(known.fresh_until, self._away_until):
            return known.dataset
        try:
            return self._look_up(keys)
        except DatabaseUnavailable as error:
            self._spare_database(since=now)
            log.warning("%s: the dataset is served as last known", error, exc_info=error)
            return known.dataset

    def _spare_database(self, since: float) -> None:
        """Ask for nothing that is known, for as long as callers are told, or as the try took.

        A database that hangs would else cost every tile its time-out.
        """
        now = self._clock()
        self._away_until = now + max(self._settings.retry_after, now - since)

    def _look_up(self, keys: tuple[str, ...]) -> Dataset:
        names = self._database.key_names
        if len(keys) != len(names):
            raise InvalidParameter(
                f"{len(keys)} key values are given, but there are {len(names)} keys: "
                f"/{'/'.join(f'<{name}>' for name in names)}"
            )
        registration = None if self._missing.get(keys) else self._ask(keys)
        if registration is None:
            self._known.drop(keys)
            raise DatasetNotFound(f"no dataset is registered under {shown(' / '.join(keys))}")
        return self._keep(keys, _dataset(dict(zip(names, keys, strict=True)), registration))

    def _keep(self, keys: tuple[str, ...], dataset: Dataset) -> Dataset:
        fresh = self._settings.dataset_ttl
        known = Known(dataset, self._clock() + fresh)
        return self._known.put(keys, known, fresh + self._settings.stale_seconds).dataset

    def _ask(self, keys: tuple[str, ...]) -> Registration | None:
        registration = self._database.find(keys)
        if registration is None:
            self._missing.put(keys, True, self._settings.missing_ttl)
        return registration


def _dataset(keys: Mapping[str, str], registration: Registration) -> Dataset:
    metadata = registration.metadata
    classes = read_classes(metadata)
    return Dataset(
        keys=keys,
        path=registration.path,
        bounds=registration.bounds,
        classes=classes,
        counted=read_counts(metadata),
        version=_version(registration.path, classes) if "source" in metadata else None,
        registered_at=_registered_at(metadata),
    )


def _registered_at(metadata: Mapping[str, Any]) -> str:
    source = metadata.get("source")
    return str(source.get("registered_at", "")) if isinstance(source, Mapping) else ""


def _version(path: str, classes: Sequence[Class]) -> str:
    parts = [path, str(READER_VERSION), *(json.dumps(to_stac(item)) for item in classes)]
    return blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
