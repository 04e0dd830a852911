"""From events to effects: what an event is about, and who looks at it."""

import json

import numpy as np
import pytest

from ingest.errors import Misconfigured

KEYS = [f"categorical/S2/2018101{day}/cloudmask.tif" for day in range(4)]
CLASSES = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}


def test_folders_and_our_own_bucket_are_left_alone(ingestion):
    assert ingestion.handle("categorical/S2/") is None
    ingestion.resources = type(ingestion.resources)(
        incoming=ingestion.resources.published,
        published=ingestion.resources.published,
        queue_url="",
        dead_letter_queue_url="",
    )
    assert ingestion.handle("categorical/S2/20181010/cloudmask.tif") is None


def test_class_file_reaches_the_rasters_under_it_and_no_others(ingestion, stripes):
    others = ["categorical/L8/20181010/cloudmask.tif", "reflectance/S2/20181010/B04.tif"]
    for key in [*KEYS, *others]:
        ingestion.put(key, stripes)
    report = ingestion.upload("categorical/S2/categories.json", CLASSES)
    assert (report.status, report.rasters) == ("registered", 4)
    assert len(ingestion.datasets()) == 4


def test_sidecar_reaches_its_raster_alone(ingestion, stripes):
    for name in ("cloudmask", "cloudmask2", "cloudmask.v2"):
        ingestion.put(KEYS[0].replace("cloudmask", name), stripes)
    report = ingestion.upload(KEYS[0].replace(".tif", ".categories.json"), CLASSES)
    assert report.rasters == 1
    assert list(ingestion.datasets()) == [("categorical", "S2", "20181010", "cloudmask")]


def test_many_rasters_are_put_on_the_queue(ingestion, stripes):
    queue = ingestion.resources.queue_url
    ingestion.configure(queue_url=queue, fan_out=3)
    for key in KEYS:
        ingestion.put(key, stripes)
    ingestion.put("categories.json", CLASSES)
    ingestion.sqs.purge_queue(QueueUrl=queue)
    ingestion.handle("categories.json")
    assert ingestion.datasets() == {}
    messages = ingestion.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    bodies = [json.loads(message["Body"]) for message in messages]
    named = [record["s3"]["object"]["key"] for body in bodies for record in body["Records"]]
    assert sorted(named) == KEYS
    for key in named:
        ingestion.handle(key)
    assert len(ingestion.datasets()) == 4


def test_removed_class_file_leaves_the_map_and_says_so(ingestion, stripes):
    ingestion.put("categories.json", CLASSES)
    ingestion.upload(KEYS[0], stripes)
    assert ingestion.remove("categories.json").status == "removed"
    report = ingestion.report(KEYS[0])
    assert (report["status"], report["error"]["code"]) == ("rejected", "no_classes")
    assert report["still_registered"] in ingestion.datasets().values()


@pytest.mark.parametrize("name", ["cloudmask.categories.json", "categories.json"])
def test_class_file_that_comes_first(ingestion, geotiff, name):
    assert ingestion.upload(f"categorical/S2/20181010/{name}", CLASSES).rasters == 0
    report = ingestion.upload(KEYS[0], geotiff(np.zeros((3, 3), "uint8")))
    assert report.status == "registered"


def test_key_pattern_without_a_type(ingestion):
    ingestion.configure(key_pattern="{sensor}/{date}/{band}.tif")
    with pytest.raises(Misconfigured, match=r"has no \{type\}.* set INGEST_TYPE_KEY"):
        ingestion.handle("S2/20181010/cloudmask.tif")
