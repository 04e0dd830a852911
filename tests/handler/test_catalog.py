"""A dataset is looked up once in a while, and found again as it is then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from handler.catalog import Catalog, Dataset
from handler.database import Database, Read, Row
from handler.errors import (
    DatabaseUnavailable,
    DatasetNotFound,
    InvalidParameter,
    NotCategorical,
)
from handler.registered_classes import Counted
from handler.settings import Settings
from tests.handler.conftest import DATASET, PUBLISHED, SIDE, Registry, reading

PATH = "/".join(DATASET)
Open = Callable[..., Catalog]


@pytest.fixture
def catalog(sqlite: Registry) -> Open:
    def make(**settings: Any) -> Catalog:
        chosen = Settings(**settings)
        return Catalog(reading(sqlite.url, chosen), chosen)

    return make


def test_a_published_dataset(sqlite: Registry, catalog: Open) -> None:
    sqlite.register("s3://published/a/1f2e.tif", PUBLISHED)
    dataset = catalog().find(PATH)
    assert list(dataset.keys.items()) == [
        *(("type", "categorical"), ("sensor", "S2")),
        *(("date", "20181010"), ("band", "cloudmask")),
    ]
    assert dataset.path == "s3://published/a/1f2e.tif"
    assert dataset.title == "categorical / S2 / 20181010 / cloudmask"
    assert [item.label for item in dataset.classes][2:] == ["Cloud", "Cloud shadow"]
    assert dataset.counted[2] == Counted(SIDE * SIDE // 4, 25.0)
    assert dataset.values == [0, 1, 2, 3]
    assert dataset.version is not None


def test_a_dataset_of_terracottas_guide(sqlite: Registry, catalog: Open) -> None:
    sqlite.register("a.tif", {"categories": {"land": 0}})
    dataset = catalog().find(PATH)
    assert [item.label for item in dataset.require_classes()] == ["land"]
    assert (dataset.counted, dataset.values, dataset.version) == ({}, [], None)


def test_a_dataset_without_classes(sqlite: Registry, catalog: Open) -> None:
    sqlite.register("a.tif", None)
    with pytest.raises(NotCategorical, match="cloudmask"):
        catalog().find(PATH).require_classes()


@pytest.mark.parametrize("path", [PATH, f"/{PATH}", f"{PATH}/", PATH.replace("/", "//")])
def test_slashes_more_or_less(sqlite: Registry, catalog: Open, path: str) -> None:
    sqlite.register("a.tif", {})
    assert catalog().find(path).path == "a.tif"


@pytest.mark.parametrize("path", ["", "/", "categorical", "a/b/c", "a/b/c/d/e"])
def test_a_wrong_number_of_keys(catalog: Open, path: str) -> None:
    with pytest.raises(InvalidParameter, match="there are 4 keys: /<type>/<sensor>/<date>/<band>"):
        catalog().find(path)


def test_what_was_found_is_kept(sqlite: Registry, catalog: Open, statements: list[str]) -> None:
    sqlite.register("a.tif", PUBLISHED)
    found = catalog()
    first = found.find(PATH)
    statements.clear()
    assert found.find(PATH) is first
    assert statements == []


def test_a_change_shows_once_the_time_is_up(sqlite: Registry, catalog: Open) -> None:
    sqlite.register("a.tif", PUBLISHED)
    kept, fresh = catalog(), catalog(dataset_ttl=0)
    versions = {kept.find(PATH).version, fresh.find(PATH).version}
    sqlite.register("b.tif", PUBLISHED)
    assert kept.find(PATH).path == "a.tif"
    assert fresh.find(PATH).path == "b.tif"
    assert fresh.find(PATH).version not in versions


def test_the_unknown_is_not_asked_for_again_at_once(
    sqlite: Registry, catalog: Open, statements: list[str]
) -> None:
    found = catalog()
    with pytest.raises(DatasetNotFound, match="cloudmask"):
        found.find(PATH)
    sqlite.register("a.tif", {})
    statements.clear()
    with pytest.raises(DatasetNotFound):
        found.find(PATH)
    assert statements == []


def test_the_unknown_shows_once_its_time_is_up(sqlite: Registry, catalog: Open) -> None:
    found = catalog(missing_ttl=0)
    with pytest.raises(DatasetNotFound):
        found.find(PATH)
    sqlite.register("a.tif", {})
    assert found.find(PATH).path == "a.tif"


def version_of(sqlite: Registry, catalog: Open, path: str, metadata: dict[str, Any]) -> str | None:
    sqlite.register(path, metadata)
    return catalog().find(PATH).version


def test_the_version_changes_with_raster_and_classes_only(sqlite: Registry, catalog: Open) -> None:
    original = version_of(sqlite, catalog, "a.tif", PUBLISHED)
    source = {**PUBLISHED, "source": {"etag": "another upload of the same pixels"}}
    recolored = {**PUBLISHED, "classes": [{**PUBLISHED["classes"][0], "color_hint": "000000"}]}
    assert original == version_of(sqlite, catalog, "a.tif", source)
    assert original != version_of(sqlite, catalog, "b.tif", PUBLISHED)
    assert original != version_of(sqlite, catalog, "a.tif", recolored)


def test_datasets_are_told_apart_by_identity(sqlite: Registry, catalog: Open) -> None:
    sqlite.register("a.tif", {})
    one, other = catalog().find(PATH), catalog().find(PATH)
    assert len({one, other}) == 2
    assert isinstance(one, Dataset)


def test_no_more_datasets_are_kept_than_set(
    sqlite: Registry, catalog: Open, statements: list[str], tmp_path: Path
) -> None:
    names = ["one", "two", "three"]
    for name in names:
        sqlite.register(f"{name}.tif", {}, keys=("categorical", "S2", "2018", name))
    found = catalog(max_datasets=2)
    for name in names:
        found.find(f"categorical/S2/2018/{name}")
    statements.clear()
    found.find("categorical/S2/2018/three")
    assert len(statements) == 0
    found.find("categorical/S2/2018/one")
    assert len(statements) == 1


@dataclass
class Outage:
    """Takes a database away from a catalogue, and moves its clock."""

    away: bool = False
    now: float = 0.0
    asked: int = 0
    hangs: float = 0.0

    def reading(self, read: Read) -> Read:
        def asked(statement: str, values: Sequence[Any]) -> Sequence[Row]:
            self.asked += 1
            if self.away:
                self.now += self.hangs
                raise DatabaseUnavailable("away")
            return read(statement, values)

        return asked


@pytest.fixture
def outage() -> Outage:
    return Outage()


@pytest.fixture
def frail(sqlite: Registry, outage: Outage) -> Catalog:
    """A catalogue whose datasets are fresh for 10 s and known for 100 s more."""
    chosen = Settings(dataset_ttl=10, stale_seconds=100, retry_after=3, missing_ttl=0)
    sqlite.register("a.tif", PUBLISHED)
    database = Database(outage.reading(reading(sqlite.url, chosen).read))
    catalog = Catalog(database, chosen, lambda: outage.now)
    catalog.find(PATH)
    return catalog


def test_a_known_dataset_outlives_the_database_for_a_while(frail: Catalog, outage: Outage) -> None:
    outage.away = True
    for outage.now in (11.0, 50.0, 109.0):
        assert frail.find(PATH).path == "a.tif"
    outage.now = 110.0
    with pytest.raises(DatabaseUnavailable):
        frail.find(PATH)


def test_an_unknown_dataset_is_not_made_up(frail: Catalog, outage: Outage) -> None:
    outage.away = True
    with pytest.raises(DatabaseUnavailable):
        frail.find("categorical/S2/20181011/cloudmask")


def test_a_dataset_removed_meanwhile_is_gone_when_the_database_is_back(
    frail: Catalog, sqlite: Registry, outage: Outage
) -> None:
    outage.away, outage.now = True, 11.0
    sqlite.execute("DELETE FROM datasets")
    assert frail.find(PATH).path == "a.tif"
    outage.away, outage.now = False, 14.0
    for _ in range(2):
        with pytest.raises(DatasetNotFound):
            frail.find(PATH)
    outage.away = True  # nor does it come back with the next outage
    with pytest.raises(DatabaseUnavailable):
        frail.find(PATH)


def test_a_dataset_replaced_meanwhile_shows_when_the_database_is_back(
    frail: Catalog, sqlite: Registry, outage: Outage
) -> None:
    outage.away, outage.now = True, 11.0
    assert frail.find(PATH).path == "a.tif"
    sqlite.register("b.tif", PUBLISHED)
    outage.away, outage.now = False, 14.0
    assert frail.find(PATH).path == "b.tif"


def test_a_database_that_hangs_is_asked_seldom(frail: Catalog, outage: Outage) -> None:
    outage.away, outage.now, outage.hangs, outage.asked = True, 11.0, 8.0, 0
    frail.find(PATH)
    assert (outage.asked, outage.now) == (1, 19.0)
    for outage.now in (19.0, 22.5, 26.9):
        frail.find(PATH)
    assert outage.asked == 1
    outage.now = 27.0
    frail.find(PATH)
    assert outage.asked == 2
