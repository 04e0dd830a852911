"""`python -m ingest` over real parts: what it does, prints and ends with."""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import numpy as np
import pytest
from botocore.exceptions import EndpointConnectionError
from click.testing import CliRunner

from ingest.cli import cli
from ingest.events import look_again, parse_message
from ingest.failures import find_failure
from ingest.installation import Installation
from ingest.lambda_function import respond
from ingest.messages import Messages
from ingest.storage import Bucket

ROOT = Path(__file__).parents[2]
CLASSES = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}
KEY = "categorical/S2/20181010/cloudmask.tif"
LATER = "categorical/S2/20191010/cloudmask.tif"
BAD = "categorical/S2/20181010/bad.tif"


@pytest.fixture
def environment(ingestion, aws, shared_database):
    """What an operator's shell has."""
    return {
        **aws.environment(),
        "INGEST_PUBLISHED_BUCKET": ingestion.resources.published,
        "INGEST_QUEUE_URL": ingestion.resources.queue_url,
        "INGEST_WORK_FOLDER": str(ingestion.settings.work_folder),
        "TC_DRIVER_PATH": shared_database,
        "TC_DRIVER_PROVIDER": "postgresql",
    }


@pytest.fixture
def run(environment, monkeypatch):
    """run(*arguments) gives click's result."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments, **options: CliRunner().invoke(cli, arguments, **options)


@pytest.fixture
def bucket(ingestion):
    """The address of the incoming bucket, with a class file at its top."""
    ingestion.put("categories.json", CLASSES)
    return f"s3://{ingestion.resources.incoming}"


def queued(ingestion):
    """Keys of the messages that ingestion itself put on the queue."""
    received = ingestion.sqs.receive_message(
        QueueUrl=ingestion.resources.queue_url, MaxNumberOfMessages=10
    ).get("Messages", [])
    bodies = [message["Body"] for message in received if "LookAgain" in message["Body"]]
    return sorted(event.key for body in bodies for event in parse_message(body))


# --- register and remove -------------------------------------------------------------------------


def test_register_in_this_process(ingestion, bucket, stripes, run):
    ingestion.put(KEY, stripes)
    result = run("register", f"{bucket}/{KEY}")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == f"registered s3://{ingestion.resources.incoming}/{KEY}"
    assert len(ingestion.datasets()) == 1


def test_register_a_folder_and_what_is_wrong_in_it(ingestion, bucket, stripes, run):
    ingestion.put(KEY, stripes)
    ingestion.put(BAD, b"bad")
    result = run("register", "--json", f"{bucket}/categorical/")
    assert result.exit_code == 1
    reports = {report["key"]: report for report in json.loads(result.stdout)}
    assert reports[KEY]["status"] == "registered"
    assert reports[BAD] == ingestion.report(BAD)
    text = run("register", f"{bucket}/{BAD}").stdout
    assert reports[BAD]["error"]["remedy"] in text


def test_register_a_class_file_registers_what_is_under_it(ingestion, bucket, stripes, run):
    ingestion.put(KEY, stripes)
    ingestion.put(LATER, stripes)
    assert run("register", f"{bucket}/categories.json").exit_code == 0
    assert len(ingestion.datasets()) == 2
    assert queued(ingestion) == []


def test_command_in_a_report_registers_what_is_beyond_the_functions_limits(
    ingestion, bucket, stripes, run, monkeypatch
):
    monkeypatch.setenv("INGEST_MAX_SECONDS", "0.000001")
    for name in ("PIXELS", "RASTER_BYTES", "MEMORY_BYTES", "DISK_BYTES"):
        monkeypatch.setenv(f"INGEST_MAX_{name}", "9")
    ingestion.configure(max_pixels=9)
    report = ingestion.upload(KEY, stripes)
    assert report.error.code == "too_large"
    command = report.error.remedy.partition("python -m ingest ")[2]
    assert run(*command.split()).exit_code == 0
    assert len(ingestion.datasets()) == 1
    assert ingestion.handle(KEY).status == "registered"


@pytest.mark.parametrize("address", ["cloudmask.tif", "s3://", "s3:///x.tif", "https://x/y.tif"])
def test_what_is_no_address(run, address):
    result = run("register", address)
    assert result.exit_code == 2
    assert "s3://BUCKET/KEY" in result.stderr


def test_nothing_to_register(ingestion, bucket, run):
    result = run("register", f"{bucket}/{KEY}")
    assert result.exit_code == 2
    assert f"nothing to register at {bucket}/{KEY}; the address of a folder" in result.stderr


@pytest.mark.parametrize("command", ["register", "remove", "backfill", "status"])
def test_published_bucket_is_none_to_upload_to(ingestion, bucket, stripes, run, command):
    path = ingestion.upload(KEY, stripes).path
    result = run(command, *(["--yes"] if command == "remove" else []), path)
    assert result.exit_code == 2
    assert "is the published bucket" in result.stderr
    assert ingestion.download(path)


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_interrupted_register_shows_what_was_done(
    ingestion, bucket, stripes, run, monkeypatch, tmp_path, form
):
    """Here by a disk that is not there, which the first upload does not need any more."""
    ingestion.upload(KEY, stripes)
    ingestion.put(LATER, stripes)
    monkeypatch.setenv("INGEST_WORK_FOLDER", str(tmp_path / "not there"))
    result = run("register", *form, f"{bucket}/categorical/")
    assert result.exit_code == 3
    assert "No such file or directory" in result.stderr
    assert "not there" in result.stderr
    if form:
        assert [report["key"] for report in json.loads(result.stdout)] == [KEY]
    else:
        assert result.stdout.startswith(f"registered {bucket}/{KEY}\n")
        assert LATER not in result.stdout


def test_published_bucket_that_takes_nothing(ingestion, bucket, stripes, run, monkeypatch):
    ingestion.put(KEY, stripes)
    monkeypatch.setenv("INGEST_PUBLISHED_BUCKET", "no-such-bucket-here")
    result = run("register", f"{bucket}/{KEY}")
    assert result.exit_code == 3
    assert "The specified bucket does not exist" in result.stderr


def test_remove_deletes_upload_and_dataset(ingestion, bucket, stripes, run):
    ingestion.upload(KEY, stripes)
    kept = run("remove", f"{bucket}/{KEY}", input="n\n")
    assert (kept.exit_code, len(ingestion.datasets())) == (1, 1)
    removed = run("remove", f"{bucket}/{KEY}", input="y\n")
    assert removed.exit_code == 0
    assert removed.stdout == f"removed    {bucket}/{KEY}\n"
    assert ingestion.datasets() == {}
    assert ingestion.report(KEY)["status"] == "removed"
    assert run("remove", "--yes", f"{bucket}/categorical/").exit_code == 2
    again = run("remove", "--yes", f"{bucket}/{KEY}")
    assert again.stdout == removed.stdout


def test_remove_of_what_never_was(ingestion, bucket, run):
    result = run("remove", "--yes", f"{bucket}/categorical/S2")
    assert result.exit_code == 2
    assert f"nothing to remove at {bucket}/categorical/S2" in result.stderr
    assert ingestion.published(".json") == []


# --- backfill ------------------------------------------------------------------------------------


def test_backfill_queues_what_is_not_registered(ingestion, bucket, stripes, run):
    ingestion.upload(KEY, stripes)
    ingestion.put(LATER, stripes)
    listed = run("backfill", f"{bucket}/categorical/", "--dry-run")
    assert listed.stdout.splitlines() == [
        f"{bucket}/{LATER}",
        "1 would be queued, 1 current, 0 other objects",
    ]
    assert queued(ingestion) == []
    result = run("backfill", bucket, "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (
        0,
        {"queued": 1, "current": 1, "other": 1, "last_key": "categories.json", "would_queue": []},
    )
    assert queued(ingestion) == [LATER]


def test_backfill_of_all_needs_no_database(ingestion, bucket, stripes, run, monkeypatch):
    ingestion.upload(KEY, stripes)
    monkeypatch.setenv("TC_DRIVER_PATH", "")
    assert run("backfill", bucket, "--all").exit_code == 0
    assert queued(ingestion) == [KEY]


@pytest.fixture
def queue_that_breaks():
    """boto3's next clients reach SQS twice, then never again."""
    requests = []

    def cut_off(**_):
        requests.append(1)
        if len(requests) > 2:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    boto3.setup_default_session()
    session = boto3.DEFAULT_SESSION
    session.events.register("before-call.sqs.SendMessageBatch", cut_off)
    yield lambda: session.events.unregister("before-call.sqs.SendMessageBatch", cut_off)
    boto3.setup_default_session()


def test_interrupted_backfill_says_how_to_go_on(ingestion, bucket, run, queue_that_breaks):
    keys = [f"categorical/S2/{number}/a b.tif" for number in range(1000, 1025)]
    for key in keys:
        ingestion.put(key, b"x")
    broken = run("backfill", f"{bucket}/categorical/")
    assert broken.exit_code == 3
    stopped, command, *_ = re.split(r"; go on with: python -m ingest (.*)", broken.stderr)
    assert stopped == "stopped with 20 queued"
    queue_that_breaks()
    rest = run(*shlex.split(command), "--json")
    assert json.loads(rest.stdout) == {
        "queued": 5,
        "current": 0,
        "other": 0,
        "last_key": keys[-1],
        "would_queue": [],
    }


# --- status --------------------------------------------------------------------------------------


def test_status_counts_and_lists_failures(ingestion, bucket, stripes, run):
    ingestion.upload(KEY, stripes)
    assert run("status").exit_code == 0
    ingestion.upload(BAD, b"bad")
    ingestion.put(LATER, stripes)
    result = run("status", bucket)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "uploads    1 registered, 1 rejected, 0 removed"
    assert lines[1].startswith("waiting    1 uploads, the oldest for ")
    assert lines[2].endswith(" in work, 0 dead letters")
    assert lines[3:5] == ["datasets   1", "rejected   1 not_a_raster"]
    assert f"{bucket}/{BAD}" in lines[5]
    document = json.loads(run("status", bucket, "--json").stdout)
    assert document["uploads"] == {"registered": 1, "rejected": 1, "removed": 0}
    assert (document["waiting"], document["datasets"]) == (1, 1)
    assert [each["error"]["code"] for each in document["rejections"]] == ["not_a_raster"]


def test_status_lists_so_many_failures(ingestion, bucket, run):
    for number in range(3):
        ingestion.upload(f"categorical/S2/{number}/bad.tif", b"bad")
    lines = run("status", "--failures", "1").stdout.splitlines()
    assert lines[-1] == "    and 2 more"


def test_status_without_a_way_to_the_database(ingestion, bucket, run, monkeypatch):
    monkeypatch.setenv("TC_DRIVER_PATH", "postgresql://someone:hunter2@127.0.0.1:1/away")
    result = run("status")
    assert result.exit_code == 0
    assert "the database cannot be reached" in result.stdout
    assert "hunter2" not in result.output


def test_status_watches_until_it_is_stopped(ingestion, environment, bucket):
    """Two looks at least, in a process of its own, which a missing queue does not end."""
    command = [sys.executable, "-m", "ingest", "status", "--watch", "--interval", "0.1"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines = [process.stdout.readline() for _ in range(6)]
        ingestion.sqs.delete_queue(QueueUrl=ingestion.resources.dead_letter_queue_url)
        faults = [process.stderr.readline() for _ in range(2)]
        process.terminate()
    assert lines[:3] == lines[3:]
    assert lines[0].startswith("uploads ")
    assert faults[0].startswith("AWS: there is no such queue")
    assert faults[1].endswith("; trying again\n")


# --- replay --------------------------------------------------------------------------------------


@pytest.fixture
def dead_letters(ingestion, bucket, stripes):
    """An upload whose message failed for good, and a message that nobody understands."""
    ingestion.put(KEY, stripes)
    sqs, resources = ingestion.sqs, ingestion.resources
    bodies = [json.dumps(look_again(resources.incoming, KEY)), "?"]
    messages = Messages(
        Bucket(ingestion.s3, resources.published), None, None, lambda: ingestion.now
    )
    for body in bodies:
        sent = sqs.send_message(QueueUrl=resources.dead_letter_queue_url, MessageBody=body)
        record = {"messageId": sent["MessageId"], "body": body, "eventSource": "aws:sqs"}
        ingestion.configure(published_bucket="no-such-bucket-here")
        respond({"Records": [record]}, ingestion.pipeline, messages)
        ingestion.configure(published_bucket=resources.published)


def test_replay_shows_reasons_and_moves_what_names_an_upload(ingestion, bucket, dead_letters, run):
    shown = run("replay", "--dry-run", "--json")
    assert shown.exit_code == 1
    letters = {tuple(each["uploads"]): each for each in json.loads(shown.stdout)}
    assert letters[f"{bucket}/{KEY}",]["reason"].startswith("S3UploadFailedError: ")
    assert letters[()]["reason"].startswith("InvalidEvent: the message is no JSON")
    assert {each["outcome"] for each in letters.values()} == {"kept"}
    assert "2 dead letters, sent " in run("status").stdout
    result = run("replay")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "1 replayed, 0 discarded, 1 kept"
    assert queued(ingestion) == [KEY]
    published = Bucket(ingestion.s3, ingestion.resources.published)
    assert find_failure(published, letters[f"{bucket}/{KEY}",]["message_id"]) is None
    discarded = run("replay", "--discard-invalid")
    assert (discarded.exit_code, discarded.stdout.splitlines()[-1]) == (
        0,
        "0 replayed, 1 discarded, 0 kept",
    )
    assert "0 dead letters" in run("status").stdout


def test_limited_replay_holds_nothing_back(ingestion, dead_letters, run):
    run("replay", "--dry-run", "--limit", "1")
    assert "with: python -m ingest replay --discard-invalid" in run("replay", "--dry-run").stdout
    assert len(json.loads(run("replay", "--dry-run", "--json").stdout)) == 2


def test_letter_without_a_stored_reason(ingestion, bucket, run):
    body = json.dumps(look_again(ingestion.resources.incoming, KEY))
    ingestion.sqs.send_message(QueueUrl=ingestion.resources.dead_letter_queue_url, MessageBody=body)
    assert "no reason was stored" in run("replay").stdout


def test_interrupted_replay_shows_what_was_replayed(ingestion, bucket, run, queue_that_breaks):
    for number in range(3):
        body = json.dumps(
            look_again(ingestion.resources.incoming, f"categorical/S2/{number}/x.tif")
        )
        dead_queue = ingestion.resources.dead_letter_queue_url
        ingestion.sqs.send_message(QueueUrl=dead_queue, MessageBody=body)
    broken = run("replay")
    assert broken.exit_code == 3
    assert broken.stdout.splitlines()[-1] == "2 replayed, 0 discarded, 1 kept"
    queue_that_breaks()
    assert run("replay").stdout.splitlines()[-1] == "1 replayed, 0 discarded, 0 kept"


# --- recolor -------------------------------------------------------------------------------------


def test_recolor(ingestion, bucket, stripes, run):
    ingestion.upload(KEY, stripes)
    result = run("recolor", "categorical/S2/cloudmask", "cloud", "#fff")
    assert result.exit_code == 0
    assert result.stdout.endswith(" (palette) -> FFFFFF (operator)\n")
    assert "cloud: FFFFFF (operator)" in run("recolor", "categorical/S2/cloudmask").stdout
    again = run("recolor", "categorical/S2/cloudmask", "cloud shadow", "fff", "--json")
    assert json.loads(again.stdout)["after"] == {"color": "FFFFFF", "origin": "operator"}
    assert "cloud has the same colour" in again.stderr
    classes = ingestion.metadata(*KEY[:-4].split("/"))["metadata"]["classes"]
    assert [item["color_hint"] for item in classes[2:]] == ["FFFFFF", "FFFFFF"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["categorical/S2/cloudmask", "fog", "fff"], 'has no label "fog"'),
        (["categorical/S2/cloudmask", "cloud", "white"], "is no colour"),
        (["categorical/S2/cloudmask", "cloud"], "give a COLOR"),
        (["categorical/S2"], "has colours: give TYPE/SENSOR/BAND"),
    ],
)
def test_recolor_in_vain(ingestion, bucket, stripes, run, arguments, words):
    ingestion.upload(KEY, stripes)
    result = run("recolor", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_concurrent_uploads_of_a_product_get_the_same_colours(
    ingestion, bucket, environment, geotiff
):
    """Three processes register dates with overlapping labels at the same time."""
    raster = geotiff(np.arange(12, dtype="uint8").repeat(16).reshape(12, 16))
    dates = ["2018", "2019", "2020"]
    for number, date in enumerate(dates):
        labels = [f"class {(value + 4 * number) % 16}" for value in range(12)]
        folder = f"categorical/S2/{date}"
        ingestion.put(f"{folder}/categories.json", dict(zip(labels, range(12), strict=True)))
        ingestion.put(f"{folder}/crops.tif", raster)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "ingest", "register", f"{bucket}/categorical/S2/{date}/"],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
        )
        for date in dates
    ]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    seen = {}
    for date in dates:
        for item in ingestion.metadata("categorical", "S2", date, "crops")["metadata"]["classes"]:
            seen.setdefault(item["title"], set()).add(item["color_hint"])
    assert all(len(colors) == 1 for colors in seen.values())
    assert len(seen) == len(set.union(*seen.values())) == 16


# --- verify --------------------------------------------------------------------------------------


def test_verify(ingestion, bucket, stripes, run):
    report = ingestion.upload(KEY, stripes)
    fine = run("verify")
    assert (fine.exit_code, fine.stdout) == (
        0,
        "1 datasets; 0 rasters missing, 0 orphans, 0 of them old, 0 removed\n",
    )
    key = report.path.removeprefix(f"s3://{ingestion.resources.published}/")
    ingestion.s3.delete_object(Bucket=ingestion.resources.published, Key=key)
    missing = run("verify")
    assert missing.exit_code == 1
    assert f"    python -m ingest register {bucket}/{KEY}" in missing.stdout.splitlines()
    ingestion.remove(KEY)
    recent = run("verify", "--fix", "--json")
    assert recent.exit_code == 0
    (orphan,) = json.loads(recent.stdout)["orphans"]
    assert (orphan["key"], orphan["state"]) == (key.replace(".tif", ".json"), "recent")


def test_verify_removes_old_orphans_when_told_to(ingestion, bucket, stripes, run):
    ingestion.upload(KEY, stripes)
    ingestion.remove(KEY)
    ours = Installation.from_environment()
    tomorrow = replace(ours, clock=lambda: datetime.now(UTC) + timedelta(days=1, seconds=1))
    found = run("verify", obj=tomorrow)
    assert found.exit_code == 1
    assert found.stdout.splitlines()[-1] == "remove old orphans with: python -m ingest verify --fix"
    fixed = run("verify", "--fix", obj=tomorrow)
    assert fixed.exit_code == 0
    assert [line.split()[0] for line in fixed.stdout.splitlines()[:2]] == ["removed", "removed"]
    assert ingestion.published() == []
    assert ingestion.report(KEY)["status"] == "removed"


def test_keys_do_not_steer_the_terminal(ingestion, bucket, run):
    key = "categorical/S2/20181010/\x1b[2Jü.tif"
    ingestion.upload(key, b"bad")
    result = run("status")
    assert "\x1b" not in result.stdout
    assert "\\x1b[2Jü.tif" in result.stdout


# --- what goes wrong around it -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("INGEST_PUBLISHED_BUCKET", None, "INGEST_PUBLISHED_BUCKET is not set"),
        ("INGEST_PUBLISHED_BUCKET", "no-such-bucket-here", "there is no bucket no-such-bucket"),
        ("INGEST_QUEUE_URL", "", "set INGEST_QUEUE_URL"),
        ("INGEST_QUEUE_URL", "http://127.0.0.1/1/no-such-queue", "no such queue: set INGEST_QUEUE"),
        ("TC_DRIVER_PATH", "", "set TC_DRIVER_PATH"),
        ("TC_DRIVER_PATH", "postgresql://u:hunter2@127.0.0.1:1/away", "the database: "),
        (
            "INGEST_MAX_PIXELS",
            "many",
            "INGEST_MAX_PIXELS is wrong: Input should be a valid",
        ),
    ],
)
def test_what_is_away_is_named_in_a_sentence(run, bucket, monkeypatch, name, value, words):
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    command = ["status"] if name == "INGEST_QUEUE_URL" else ["verify"]
    result = run(*command)
    assert result.exit_code == 3
    assert words in result.stderr
    assert "hunter2" not in result.output
    assert result.stdout == ""
