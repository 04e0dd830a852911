"""What operators do to the database, in a real PostgreSQL."""

import pytest

from categorical.colors import Color
from ingest.colors import OPERATOR, PALETTE, Assignment
from ingest.errors import UnknownColor
from ingest.maintenance import Maintenance

FIELDS = ("type", "sensor", "date", "band")
CLASSES = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}
KEYS = {"type": "categorical", "sensor": "S2", "date": "20181010", "band": "cloudmask"}
PRODUCT = "categorical/S2/cloudmask"
WHITE = Color(255, 255, 255)


@pytest.fixture
def maintenance(ingestion, shared_database, stripes):
    """With two dates of a product and one dataset of another."""
    ingestion.put("categories.json", CLASSES)
    for key in ("S2/20181010/cloudmask", "S2/20191010/cloudmask", "S3/20181010/cloudmask"):
        ingestion.upload(f"categorical/{key}.tif", stripes)
    return Maintenance(shared_database, "postgresql", FIELDS, "date", 10)


def color_of(ingestion, sensor, date):
    classes = ingestion.metadata("categorical", sensor, date, "cloudmask")["metadata"]["classes"]
    return {item["title"]: item["color_hint"] for item in classes}["cloud"]


def test_all_datasets_in_the_order_of_their_keys(maintenance, ingestion):
    found = {tuple(keys.values()): each.path for keys, each in maintenance.datasets()}
    assert found == ingestion.datasets()
    assert list(found) == sorted(found)
    assert maintenance.count() == 3


def test_dataset_without_metadata_is_among_them(maintenance, driver):
    driver.insert(["categorical", "S2", "1", "x"], "s3://elsewhere/a.tif", skip_metadata=True)
    found = {keys["date"]: each for keys, each in maintenance.datasets()}
    assert found["1"].metadata == {}


def test_operators_colour_reaches_all_dates_and_stays(maintenance, ingestion):
    other = color_of(ingestion, "S3", "20181010")
    before = maintenance.recolor(PRODUCT, "cloud", WHITE)
    assert (before.origin, before.color.hex) == (PALETTE, other)
    assert maintenance.colors(PRODUCT)["cloud"] == Assignment(WHITE, OPERATOR)
    given = [{"value": 2, "title": "cloud", "color_hint": "123456"}]
    ingestion.put("categories.json", {"classification:classes": given})
    ingestion.handle("categories.json")
    assert color_of(ingestion, "S2", "20181010") == "FFFFFF"
    assert color_of(ingestion, "S2", "20191010") == "FFFFFF"
    assert color_of(ingestion, "S3", "20181010") == "123456"


@pytest.mark.parametrize(
    ("product", "label", "words"),
    [
        ("categorical/S9/cloudmask", "cloud", "no product categorical/S9/cloudmask"),
        ("cloudmask", "cloud", "no product cloudmask"),
        (PRODUCT, "Cloud", '"clear land", "clear water", "cloud", "cloud shadow"'),
    ],
)
def test_what_is_not_there_has_no_colour_to_change(maintenance, product, label, words):
    with pytest.raises(UnknownColor, match=words):
        maintenance.recolor(product, label, WHITE)


def test_what_is_registered_is_no_orphan(maintenance, ingestion):
    deleted = []
    path = ingestion.datasets()[tuple(KEYS.values())]
    assert not maintenance.remove_orphan(KEYS, path, lambda: deleted.append(path))
    assert deleted == []
    assert maintenance.remove_orphan(KEYS, "s3://p/old.tif", lambda: deleted.append("old"))
    assert maintenance.remove_orphan(KEYS | {"date": "1"}, path, lambda: deleted.append("none"))
    assert deleted == ["old", "none"]
