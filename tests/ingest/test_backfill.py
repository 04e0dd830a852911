from datetime import UTC, datetime

import pytest

from ingest.backfill import Backfill, registered_etags
from ingest.registration import Registered
from ingest.storage import StoredObject

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def stored(*keys):
    return [StoredObject(key, "e", 1, NOW) for key in keys]


def rasters(count):
    return stored(*(f"categorical/S2/{number:04}/mask.tif" for number in range(count)))


def test_each_raster_is_queued_once_in_batches_that_sqs_takes():
    batches = []
    work = Backfill(lambda keys: batches.append(list(keys)))
    looked_at = list(work.run(rasters(25), {}))
    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert [key for batch in batches for key in batch] == looked_at
    assert looked_at == [each.key for each in rasters(25)]
    assert work.counts() == {"queued": 25, "current": 0, "other": 0}
    assert work.last_key == looked_at[-1]


def test_registered_as_it_is_or_no_raster_is_left_alone():
    queue = []
    work = Backfill(queue.extend)
    objects = stored("a.TIF", "b.tiff", "c.tif", "categories.json", "folder/")
    list(work.run(objects, {"a.TIF": "e", "b.tiff": "another version"}))
    assert queue == ["b.tiff", "c.tif"]
    assert work.counts() == {"queued": 2, "current": 1, "other": 2}
    assert work.last_key == "folder/"


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_after_an_interruption_nothing_is_lost_between_what_is_done_and_last_key(failing):
    queue = []

    def send(keys):
        if len(queue) == 10 * (failing - 1):
            raise ConnectionError
        queue.extend(keys)

    objects = rasters(25)
    work = Backfill(send)
    with pytest.raises(ConnectionError):
        list(work.run(objects, {}))
    rest = [each for each in objects if work.last_key is None or each.key > work.last_key]
    again = Backfill(queue.extend)
    list(again.run(rest, {}))
    assert queue == [each.key for each in objects]


def test_registered_etags_are_of_one_bucket():
    sources = [
        {"bucket": "incoming", "key": "a.tif", "etag": "1"},
        {"bucket": "another", "key": "b.tif", "etag": "2"},
        {"bucket": "incoming"},
    ]
    datasets = [Registered("s3://p/x.tif", {"source": source}) for source in sources]
    by_hand = Registered("/data/by-hand.tif", {})
    assert registered_etags([*datasets, by_hand], "incoming") == {"a.tif": "1"}
