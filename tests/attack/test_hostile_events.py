"""Events, keys and class files that nobody's S3 would send: read, or refused by our own errors."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from categorical.classes import parse_class_file
from categorical.errors import InvalidClassFile
from ingest.errors import InvalidEvent, KeyMismatch
from ingest.events import ObjectEvent, parse_message
from ingest.keys import KeyPattern
from tests.attack.conftest import examples

BOMBS = [
    "[" * 100_000,
    '{"Records":' * 50_000,
    '{"Records":[{"s3":{"object":{"key":"' + "%25" * 50_000 + '"}}}]}',
    '{"Records": ' + "9" * 10_000 + "}",
    "\ud800",
    "\0",
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
MEMBERS = ("value", "name", "title", "color_hint", "nodata", "description")
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
stored = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("key", "eTag", "size", "versionId", "sequencer", "bucket"), values),
)
records = st.fixed_dictionaries(
    {},
    optional={
        "eventName": values,
        "s3": st.fixed_dictionaries(
            {},
            optional={
                "bucket": st.fixed_dictionaries({}, optional={"name": values}) | values,
                "object": stored | values,
            },
        )
        | values,
    },
)
events = st.fixed_dictionaries(
    {}, optional={"Records": st.lists(records | values, max_size=3) | values, "Event": values}
)
bodies = events.map(json.dumps) | values.map(json.dumps) | st.text()

fuzz = settings(
    max_examples=examples(200),
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def test_a_message_names_objects_or_is_refused(tally: Counter[tuple[str, str]]) -> None:
    @seed(1)
    @fuzz
    @given(bodies)
    def attack(body: str) -> None:
        try:
            found = parse_message(body)
        except InvalidEvent:
            tally["event", "invalid"] += 1
            return
        tally["event", "parsed"] += 1
        for event in found:
            assert_sound(event)

    attack()


def assert_sound(event: ObjectEvent) -> None:
    """Types that S3 and the database take."""
    assert isinstance(event.bucket, str)
    assert isinstance(event.key, str)
    for text in (event.etag, event.version_id, event.sequencer):
        assert text is None or isinstance(text, str)


@pytest.mark.parametrize("body", BOMBS)
def test_bombs_are_refused(body: str) -> None:
    with pytest.raises(InvalidEvent):
        parse_message(body)
    with pytest.raises(InvalidClassFile):
        parse_class_file(body.encode(errors="surrogatepass"))


def test_a_key_is_a_datasets_or_is_refused(tally: Counter[tuple[str, str]]) -> None:
    pattern = KeyPattern("{type}/{sensor}/{date}/{band}.tif")
    words = st.text(max_size=8) | st.sampled_from(["..", ".", "%2e", "a\r\nb", "'; --", "\0", " a"])

    @seed(1)
    @fuzz
    @given(st.lists(words, min_size=1, max_size=6).map("/".join))
    def attack(key: str) -> None:
        try:
            keys = pattern.keys(f"{key}.tif")
        except KeyMismatch:
            tally["key", "refused"] += 1
            return
        tally["key", "taken"] += 1
        for value in keys.values():
            assert value == value.strip()
            assert not set(value) & set("/?#%\\\0\r\n")
            assert value not in (".", "..")

    attack()


def test_a_class_file_is_read_or_refused(tally: Counter[tuple[str, str]]) -> None:
    classes = st.dictionaries(st.text(max_size=5), values, max_size=4)
    stac = st.fixed_dictionaries(
        {
            "classification:classes": st.lists(
                st.fixed_dictionaries(
                    {},
                    optional=dict.fromkeys(MEMBERS, values),
                ),
                max_size=3,
            )
            | values
        }
    )

    @seed(1)
    @fuzz
    @given((classes | stac | values).map(json.dumps))
    def attack(text: str) -> None:
        try:
            found: Any = parse_class_file(text.encode(errors="surrogatepass"))
        except InvalidClassFile:
            tally["class file", "refused"] += 1
            return
        tally["class file", "taken"] += 1
        assert all(isinstance(item.value, int) and item.label for item in found)

    attack()
