"""Whatever producers do and however their events arrive, the end is that of a clean run.

`pytest --hypothesis-profile=thorough` tries ten times as much as the suite does.
"""

import json
from typing import Any

import numpy as np
import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from ingest.class_files import is_class_file
from ingest.events import ObjectEvent, parse_message
from ingest.sidecars import is_sidecar
from tests.ingest.conftest import Ingestion

RASTERS = (
    "categorical/S2/20180101/a.tif",
    "categorical/S2/20180101/a.TIFF",
    "categorical/S2/20190101/a.tif",
    "categorical/S2/not a dataset.tif",
)
CLASS_FILES = (
    "categories.json",
    "categorical/S2/categories.json",
    "categorical/S2/20180101/categories.json",
    "categorical/S2/20180101/a.categories.json",
)
SIDECARS = ("categorical/S2/20180101/a.tif.aux.xml", "categorical/S2/20180101/a.clr")
COLORS = {"clear": "00FF00", "cloud": "FFFFFF", "shadow": "333333"}
TABLES = ("datasets", "metadata", "categorical_colors")


def with_colors(**classes: int) -> list[dict[str, Any]]:
    """Classes in STAC's form; a label has the same colour wherever it is given."""
    return [
        {"value": value, "title": label, "color_hint": COLORS[label]}
        for label, value in classes.items()
    ]


CLASS_CONTENT = (
    with_colors(clear=0, cloud=1),
    with_colors(clear=0, cloud=2, shadow=3),
    {"clear": 1, "land": 2, "water": 3},  # without colours
    b"{ not JSON",
)
SIDECAR_CONTENT = {
    ".xml": (
        b"<PAMDataset><PAMRasterBand band='1'><CategoryNames><Category>clear</Category>"
        b"<Category>cloud</Category></CategoryNames></PAMRasterBand></PAMDataset>",
        b"<no XML",
    ),
    ".clr": (b"0 0 255 0 255 clear\n1 255 255 255 255 cloud\n", b"no colours"),
}


@pytest.fixture
def contents(geotiff: Any) -> list[bytes]:
    """Rasters that are copied, rewritten, and rejected."""
    stripes = np.repeat(np.arange(4, dtype="uint8"), 16)[:, None].repeat(48, axis=1)
    cog = geotiff(stripes, driver="COG").read_bytes()
    averaged = geotiff(stripes * 20, overviews=(2, 4), resampling="average").read_bytes()
    return [cog, averaged, geotiff(stripes // 2).read_bytes(), cog[:200], b"no raster"]


class Uploads(RuleBasedStateMachine):
    """Producers change the bucket; events about it arrive late, twice, in any order."""

    def __init__(self, ingestion: Ingestion, contents: list[bytes]) -> None:
        super().__init__()
        self.ingestion, self.contents = ingestion, contents
        self.pending: list[ObjectEvent] = []
        self.sequence = 0
        for key in stored(ingestion, ingestion.resources.incoming):
            ingestion.delete(key)
        forget(ingestion)

    @initialize()
    def begin_with_registered_rasters(self) -> None:
        """So that what comes next replaces and removes datasets, not only uploads."""
        self.upload("categories.json", CLASS_CONTENT[0])
        for number, key in enumerate((RASTERS[0], RASTERS[2])):
            self.upload(key, self.contents[number])
        self.deliver_all()

    @rule(key=st.sampled_from(RASTERS), number=st.integers(0, 4))
    def upload_raster(self, key: str, number: int) -> None:
        self.upload(key, self.contents[number])

    @rule(key=st.sampled_from(CLASS_FILES), content=st.sampled_from(CLASS_CONTENT))
    def upload_class_file(self, key: str, content: Any) -> None:
        self.upload(key, content)

    @rule(key=st.sampled_from(SIDECARS), number=st.integers(0, 1))
    def upload_sidecar(self, key: str, number: int) -> None:
        self.upload(key, SIDECAR_CONTENT[key[-4:]][number])

    @rule(key=st.sampled_from(RASTERS + CLASS_FILES + SIDECARS))
    def remove(self, key: str) -> None:
        self.ingestion.delete(key)
        self.tell(key, removed=True)

    @rule(data=st.data(), again=st.booleans())
    def deliver(self, data: st.DataObject, again: bool) -> None:
        """Any event that is on its way, perhaps to come once more."""
        if self.pending:
            place = data.draw(st.integers(0, len(self.pending) - 1))
            self.handle(self.pending[place] if again else self.pending.pop(place))

    def deliver_all(self) -> None:
        """What is on its way, in order; it stays there, to come again."""
        for event in self.pending:
            self.handle(event)

    def upload(self, key: str, content: Any) -> None:
        self.ingestion.put(key, content)
        self.tell(key, removed=False)

    def tell(self, key: str, removed: bool) -> None:
        self.sequence += 1
        bucket = self.ingestion.resources.incoming
        self.pending.append(
            ObjectEvent(bucket, key, removed=removed, sequencer=f"{self.sequence:016X}")
        )

    def handle(self, event: ObjectEvent) -> None:
        self.ingestion.pipeline.handle(event)

    def teardown(self) -> None:
        for event in self.pending[::-2] + self.pending[-2::-2]:
            self.handle(event)
        drain(self.ingestion)
        assert_clean(self.ingestion)


def drain(ingestion: Ingestion) -> None:
    """Deliver what a changed class file put on the queue."""
    url = ingestion.settings.queue_url
    while messages := ingestion.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        for message in messages:
            for event in parse_message(message["Body"]):
                ingestion.pipeline.handle(event)
            ingestion.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def stored(ingestion: Ingestion, bucket: str) -> dict[str, str]:
    """{key: ETag}."""
    listed = ingestion.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {item["Key"]: item["ETag"] for item in listed}


def forget(ingestion: Ingestion) -> None:
    """Empty what ingestion writes."""
    for key in stored(ingestion, ingestion.resources.published):
        ingestion.s3.delete_object(Bucket=ingestion.resources.published, Key=key)
    with ingestion.driver.connect() as connection:
        for table in TABLES:
            connection.execute(sqlalchemy.text(f"DELETE FROM {table}"))


def assert_clean(ingestion: Ingestion) -> None:
    """What was made of the bucket is what a clean run makes of it.

    Besides, there may be the last good version of an upload that is rejected now, reports on what
    was removed, and rasters that some tile server may still read.
    """
    found = state(ingestion)
    assert_colors(found)
    there = stored(ingestion, ingestion.resources.incoming)
    forget(ingestion)
    for key in sorted(there, key=lambda key: not (is_class_file(key) or is_sidecar(key))):
        ingestion.handle(key)
    drain(ingestion)
    clean = state(ingestion)
    for key, report in found["reports"].items():
        assert (report["status"] == "removed") == (key not in there)
    assert {key: found["reports"][key] for key in there} == clean["reports"]
    kept = {path for path in found["still"].values() if path}
    assert {k: d for k, d in found["datasets"].items() if d[0] not in kept} == clean["datasets"]
    assert {p: etag for p, etag in found["sidecars"].items() if p not in kept} == clean["sidecars"]
    assert clean["files"].items() <= found["files"].items()
    assert {path for path, _ in found["datasets"].values()} <= found["files"].keys()


def state(ingestion: Ingestion) -> dict[str, Any]:
    """Reports, datasets with their metadata, rasters; without times, and without colours."""
    keys = stored(ingestion, ingestion.resources.published)
    reports = {
        key[len("reports/") : -len(".json")]: json.loads(
            ingestion.download(f"s3://{ingestion.resources.published}/{key}")
        )
        for key in keys
        if key.startswith("reports/")
    }
    with ingestion.driver.connect():
        datasets = {k: (p, ingestion.metadata(*k)) for k, p in ingestion.datasets().items()}
    return {
        "still": {key: report.pop("still_registered", None) for key, report in reports.items()},
        "reports": comparable(reports),
        "datasets": comparable(datasets),
        "colors": {k: found["metadata"]["classes"] for k, (_, found) in datasets.items()},
        "sidecars": {path: keys.get(f"{key_of(path)}.aux.xml") for path, _ in datasets.values()},
        "files": {
            f"s3://{ingestion.resources.published}/{key}": etag
            for key, etag in keys.items()
            if key.endswith(".tif")
        },
    }


def key_of(path: str) -> str:
    """Of an object whose `s3://` address it is."""
    return path.removeprefix("s3://").partition("/")[2]


UNLIKE = ("registered_at", "reported_at", "sequencer", "rasters", "color_hint")


def comparable(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: comparable(value) for key, value in document.items() if key not in UNLIKE}
    return [comparable(v) for v in document] if isinstance(document, list | tuple) else document


def assert_colors(found: dict[str, Any]) -> None:
    """A label has one colour in all dates, the given one where there is one, and no two share."""
    colors: dict[str, str] = {}
    for classes in found["colors"].values():
        for item in classes:
            if "color_hint" in item:
                assert colors.setdefault(item["title"], item["color_hint"]) == item["color_hint"]
    assert len(set(colors.values())) == len(colors)


@pytest.fixture
def watched(ingestion: Ingestion) -> Ingestion:
    """Ingestion that puts rasters of a changed class file on a queue (one nobody else uses)."""
    ingestion.configure(queue_url=ingestion.resources.dead_letter_queue_url, fan_out=0)
    return ingestion


SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@pytest.mark.timeout(3600)
def test_any_history_ends_as_a_clean_run(watched: Ingestion, contents: list[bytes]) -> None:
    run_state_machine_as_test(
        lambda: Uploads(watched, contents),
        settings=settings(
            max_examples=settings().max_examples // 10,
            stateful_step_count=16,
            suppress_health_check=SLOW,
        ),
    )


SET = (
    ("categories.json", CLASS_CONTENT[0]),
    (RASTERS[0], 0),
    (RASTERS[2], 2),
    (RASTERS[0], 1),
    ("categorical/S2/categories.json", CLASS_CONTENT[1]),
    (RASTERS[2], None),
    (SIDECARS[0], SIDECAR_CONTENT[".xml"][0]),
    (RASTERS[2], 0),
    (RASTERS[0], None),
)


@pytest.mark.timeout(3600)
def test_any_order_of_one_set_of_events_ends_the_same(
    watched: Ingestion, contents: list[bytes]
) -> None:
    """Changes are made in one order, and a part of their events comes before all have been."""

    @settings(max_examples=settings().max_examples // 20, suppress_health_check=SLOW)
    @given(st.permutations(range(len(SET))), st.integers(0, len(SET)))
    def shuffled(order: list[int], meanwhile: int) -> None:
        machine = Uploads(watched, contents)
        for number, (key, content) in enumerate(SET):
            if content is None:
                machine.remove(key)
            else:
                machine.upload(key, contents[content] if isinstance(content, int) else content)
            if number == meanwhile:
                machine.deliver_all()
        machine.pending = [machine.pending[number] for number in order]
        machine.teardown()

    shuffled()
