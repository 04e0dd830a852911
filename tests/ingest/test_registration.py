"""Registration in a real PostgreSQL database: one transaction, one product at a time."""

import threading

import pytest
import sqlalchemy
import terracotta

from categorical.colors import Color
from ingest.colors import Assignment
from ingest.errors import Changed
from ingest.registration import Dataset, Registry
from ingest.statistics import Statistics

KEYS = {"type": "categorical", "sensor": "S2", "date": "20181010", "band": "cloudmask"}
STATISTICS = Statistics(
    bounds=(1, 2, 3, 4),
    convex_hull={"type": "Point", "coordinates": [1, 2]},
    valid_percentage=100,
    range=(0, 1),
    mean=0.5,
    stdev=0.5,
    percentiles=(0.5,) * 99,
)


def dataset(path="s3://published/a.tif", labels=("cloud",), given=None, at="now", **keys):
    def describe(colors):
        classes = [{"title": label, "color_hint": colors[label].hex} for label in labels]
        source = {"bucket": "incoming", "key": "a.tif", "registered_at": at}
        return {"classes": classes, "source": source}

    return Dataset(KEYS | keys, path, STATISTICS, tuple(labels), given or {}, describe)


def unchanged():
    return None


def changed():
    raise Changed("the upload is another one now")


def rows(driver, table):
    with driver.connect() as connection:
        return connection.execute(sqlalchemy.text(f"SELECT * FROM {table}")).all()


def test_found_again(registry):
    registered, _ = registry.register(dataset(), unchanged)
    assert registry.find(KEYS) == registered
    assert registry.find(KEYS | {"date": "2019"}) is None


def test_dataset_without_metadata_is_found(registry, driver):
    driver.insert(list(KEYS.values()), "s3://elsewhere/a.tif", skip_metadata=True)
    found = registry.find(KEYS)
    assert (found.path, found.metadata, found.source) == ("s3://elsewhere/a.tif", {}, {})


def test_the_same_again_writes_nothing(registry):
    registry.register(dataset(at="first"), unchanged)
    again, _ = registry.register(dataset(at="second"), unchanged)
    assert again.source["registered_at"] == "first"
    replaced, _ = registry.register(dataset("s3://published/b.tif", at="third"), unchanged)
    assert replaced.source["registered_at"] == "third"


def test_what_changed_meanwhile_leaves_no_trace(registry, driver):
    with pytest.raises(Changed):
        registry.register(dataset(), changed)
    for table in ("datasets", "metadata", "categorical_colors"):
        assert rows(driver, table) == []


def test_failure_after_the_colours_takes_them_back(registry, driver):
    broken = dataset()
    too_long = Dataset(**{**vars(broken), "keys": KEYS | {"band": "x" * 500}})
    with pytest.raises(sqlalchemy.exc.DataError):
        registry.register(too_long, unchanged)
    assert rows(driver, "categorical_colors") == []


def test_removal(registry, driver):
    registry.register(dataset(), unchanged)
    with pytest.raises(Changed):
        registry.remove(KEYS, "incoming", [], changed)
    assert not registry.remove(KEYS, "another-bucket", [], unchanged)
    assert not registry.remove(KEYS, "incoming", ["a.tif"], unchanged)
    assert registry.find(KEYS) is not None
    assert registry.remove(KEYS, "incoming", [], unchanged)
    assert not registry.remove(KEYS, "incoming", [], unchanged)
    assert rows(driver, "datasets") == rows(driver, "metadata") == []


def test_replaced_colour_reaches_the_other_dates_in_the_same_transaction(registry):
    registry.register(dataset(labels=("cloud", "snow")), unchanged)
    registry.register(dataset(band="other"), unchanged)
    before = registry.find(KEYS | {"band": "other"})
    white = {"cloud": Assignment(Color(255, 255, 255), "s3://incoming/categories.json")}
    registry.register(dataset(given=white, date="20191010"), unchanged)
    cloud, snow = registry.find(KEYS).metadata["classes"]
    assert cloud["color_hint"] == "FFFFFF"
    assert snow["color_hint"] != "FFFFFF"
    assert registry.find(KEYS | {"band": "other"}) == before


def test_products_are_alone_with_their_colours(registry, shared_database, driver):
    """Two processes give the same labels colours at once: both end with the same ones."""
    other = Registry(
        shared_database.replace("127.0.0.1", "localhost"), None, tuple(KEYS), "date", 10
    )
    labels = [f"class {number}" for number in range(40)]
    start = threading.Barrier(2)

    def register(registry, date, labels):
        start.wait()
        registry.register(dataset(labels=labels, date=date), unchanged)

    threads = [
        threading.Thread(target=register, args=(registry, "1", labels)),
        threading.Thread(target=register, args=(other, "2", labels[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = (
        {
            item["title"]: item["color_hint"]
            for item in registry.find(KEYS | {"date": d}).metadata["classes"]
        }
        for d in "12"
    )
    assert first == second
    assert len(set(first.values())) == 40
    assert len(rows(driver, "categorical_colors")) == 40


def test_one_connection_is_enough(registry, shared_database, postgres):
    registry.register(dataset(), unchanged)
    registry.remove(KEYS, "incoming", [], unchanged)
    engine = registry._driver.meta_store.sqla_engine
    assert engine.pool.checkedin() == 1


def test_sqlite(tmp_path):
    file = str(tmp_path / "terracotta.sqlite")
    terracotta.get_driver(file, "sqlite").create(list(KEYS))
    registry = Registry(file, "sqlite", tuple(KEYS), "date", 10)
    for path in ("s3://published/a.tif", "s3://published/b.tif"):
        registry.register(dataset(path), unchanged)
    assert registry.find(KEYS).path == "s3://published/b.tif"
    with pytest.raises(Changed):
        registry.remove(KEYS, "incoming", [], changed)
    assert registry.remove(KEYS, "incoming", [], unchanged)
    assert registry.find(KEYS) is None
