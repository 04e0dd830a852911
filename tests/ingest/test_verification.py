"""The database against the published bucket, both ways."""

from datetime import timedelta

import numpy as np
import pytest

from ingest.keys import KeyPattern
from ingest.maintenance import Maintenance
from ingest.storage import Bucket
from ingest.verification import remove, verify

PATTERN = KeyPattern("{type}/{sensor}/{date}/{band}.tif")
KEY = "categorical/S2/20181010/cloudmask.tif"
SIDECAR = b"""<PAMDataset><PAMRasterBand><CategoryNames><Category>land</Category></CategoryNames>
</PAMRasterBand></PAMDataset>"""
CLASSES = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}
DAY = timedelta(days=1)


@pytest.fixture
def published(ingestion):
    return Bucket(ingestion.s3, ingestion.resources.published)


@pytest.fixture
def maintenance(ingestion, shared_database):
    return Maintenance(shared_database, "postgresql", PATTERN.fields, "date", 10)


@pytest.fixture
def look(maintenance, published):
    """look() compares both."""
    return lambda: verify(maintenance, published, PATTERN)


@pytest.fixture
def first(ingestion, stripes):
    """The path of a registered raster, which has a sidecar."""
    ingestion.put("categories.json", CLASSES)
    ingestion.put(f"{KEY}.aux.xml", SIDECAR)
    return ingestion.upload(KEY, stripes).path


@pytest.fixture
def second(ingestion, first, geotiff):
    """The path of what replaced it."""
    return ingestion.upload(KEY, geotiff(np.zeros((32, 32), "uint8"))).path


def orphans(found):
    return [orphan.key for orphan in found.orphans]


def objects_of(path, published):
    key = path.removeprefix(f"s3://{published.name}/")
    return [key.replace(".tif", ".json"), key, f"{key}.aux.xml"]


def test_what_agrees_is_not_mentioned(look, first):
    found = look()
    assert (found.datasets, found.missing, found.orphans) == (1, (), ())


def test_replaced_raster_and_its_record_are_orphans(look, first, second, published):
    assert orphans(look()) == objects_of(first, published)


def test_orphans_age_counts_from_when_it_was_replaced(ingestion, look, first, geotiff, published):
    """It may have been published long before: what matters is when tile servers last got it."""
    stored = published.head(objects_of(first, published)[1])
    ingestion.now = stored.modified + 30 * DAY
    ingestion.upload(KEY, geotiff(np.zeros((32, 32), "uint8")))
    found = look()
    assert {orphan.since for orphan in found.orphans} == {ingestion.now}
    assert found.removable(ingestion.now + DAY / 2, DAY) == []
    assert len(found.removable(ingestion.now + DAY, DAY)) == 3


def test_removed_datasets_raster_counts_from_its_report(ingestion, look, first, published):
    ingestion.remove(KEY)
    reported = published.head(f"reports/{KEY}.json").modified
    found = look()
    assert orphans(found) == objects_of(first, published)
    assert all(orphan.since >= reported for orphan in found.orphans)


def test_removal_takes_orphans_only(look, maintenance, first, second, published):
    for orphan in look().orphans:
        assert remove(orphan, maintenance, published)
    assert look().orphans == ()
    assert [published.head(key) for key in objects_of(first, published)] == 3 * [None]
    assert None not in [published.head(key) for key in objects_of(second, published)]


def test_orphan_that_came_to_be_registered_again_is_kept(
    ingestion, look, maintenance, first, second, stripes, published
):
    seen = look().orphans
    assert ingestion.upload(KEY, stripes).path == first
    assert [remove(orphan, maintenance, published) for orphan in seen] == 3 * [False]
    assert None not in [published.head(key) for key in objects_of(first, published)]


def test_orphan_removed_just_before_it_is_registered_again_is_published_anew(
    ingestion, look, maintenance, first, second, stripes, published
):
    """The reconciler found it there and so did not upload it; then `verify --fix` came."""
    seen = look().orphans
    removed = []

    def remove_orphans(**_):
        if not removed:
            removed.extend(remove(orphan, maintenance, published) for orphan in seen)

    events = ingestion.s3.meta.events
    ingestion.put(KEY, stripes)
    events.register("after-call.s3.PutObject", remove_orphans)  # the record, before registration
    report = ingestion.handle(KEY)
    events.unregister("after-call.s3.PutObject", remove_orphans)
    assert removed == 3 * [True]
    assert ingestion.datasets() == {tuple(report.keys.values()): first}
    assert None not in [published.head(key) for key in objects_of(first, published)]


def test_missing_raster_is_found_and_registered_anew(ingestion, look, first, published):
    published.delete(objects_of(first, published)[1])
    found = look()
    (missing,) = found.missing
    assert missing.path == first
    assert missing.upload == f"s3://{ingestion.resources.incoming}/{KEY}"
    assert ingestion.handle(KEY).path == first
    assert look().missing == ()


def test_objects_that_ingestion_did_not_publish_are_nobodys_orphans(look, first, published):
    digest = 20 * "a"
    foreign = [
        "readme.txt",
        f"categorical/S2/{digest}.tif",  # too few keys
        f"categorical/S2/20181010/cloudmask/{digest[1:]}.tif",
        f"categorical/S2/20181010/cloudmask/{digest}.tif.bak",
        f"categorical/S2/20181010/cloudmask/{digest}.aux.xml",
        f"reports/S2/20181010/cloudmask/{digest}.json",  # on an upload with an odd name
        "failures/m1.json",
    ]
    for key in foreign:
        published.put_json(key, {})
    assert look().orphans == ()


def test_datasets_registered_by_hand_are_left_alone(look, driver, first, published):
    driver.insert(["categorical", "S2", "1", "x"], "s3://elsewhere/a.tif", skip_metadata=True)
    published.put_json("by-hand.tif", {})
    driver.insert(
        ["categorical", "S2", "2", "x"], f"s3://{published.name}/by-hand.tif", skip_metadata=True
    )
    found = look()
    assert (found.datasets, found.elsewhere, found.missing, found.orphans) == (3, 1, (), ())
