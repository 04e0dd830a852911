import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import InvalidEvent
from ingest.events import ObjectEvent, latest, look_again, parse_event, parse_message

EVENTS = Path(__file__).parents[1] / "events"


def load(name: str) -> dict:
    return json.loads((EVENTS / f"{name}.json").read_text())


def test_put_names_the_object_with_its_key_decoded():
    assert parse_event(load("s3_put")) == (
        ObjectEvent(
            bucket="incoming",
            key="categorical/S2/20181010/cloud mask(2) ü.tif",
            etag="d41d8cd98f00b204e9800998ecf8427e",
            size=1024,
            version_id="096fKKXTRTtl3on89fVO.nfljtsv6qko",
            sequencer="0055AED6DCD90281E5",
        ),
    )


def test_completed_multipart_upload():
    (event,) = parse_event(load("s3_multipart"))
    assert (event.key, event.etag, event.removed) == (
        "categorical/S2/20181010/cloudmask.tif",
        "0f343b0931126a20f133d67c2b018a3b-3",
        False,
    )


@pytest.mark.parametrize("name", ["s3_delete", "s3_delete_marker"])
def test_removals(name):
    (event,) = parse_event(load(name))
    assert event.removed
    assert event.key == "categorical/S2/20181010/cloudmask.tif"


def test_test_event_names_nothing():
    assert parse_event(load("s3_test_event")) == ()


def test_slashes_may_come_encoded():
    event = load("s3_put")
    event["Records"][0]["s3"]["object"] = {"key": "categorical%2FS2%2F20181010%2Fa.tif"}
    assert parse_event(event)[0] == ObjectEvent("incoming", "categorical/S2/20181010/a.tif")


@pytest.mark.parametrize(
    "body", ["", "no json", "[]", "{}", '{"Records": 1}', '{"Records": [{"s3": {}}]}', "null"]
)
def test_anything_else_is_an_error_that_quotes_it(body):
    with pytest.raises(InvalidEvent):
        parse_message(body)


def test_key_that_is_no_utf8_is_an_error():
    event = load("s3_put")
    event["Records"][0]["s3"]["object"]["key"] = "%FF.tif"
    with pytest.raises(InvalidEvent):
        parse_event(event)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_messages_to_ourselves_come_back(key):
    message = json.dumps(look_again("incoming", key))
    assert parse_message(message) == (ObjectEvent("incoming", key),)


def test_latest_sequencer_pads_shorter_ones():
    assert latest(["0055AED6DCD90281E5", None, "0055AED6DCD90281E6"]) == "0055AED6DCD90281E6"
    assert latest(["0055", "005499"]) == "0055"
    assert latest([None]) is None
