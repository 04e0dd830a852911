"""`python -m infra.local` from outside: what it prints, serves, and leaves behind."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import psycopg2
import pytest
from processes import descendants, eventually, running

NAMES = {"api", "s3_endpoint", "incoming_bucket", "published_bucket", "queue_url"}
NAMES |= {"dead_letter_queue_url", "database"}
DATASET = "categorical/MCD12C1/2019/landcover"


class Command:
    """A running `python -m infra.local`."""

    def __init__(self, *arguments, **environment):
        self.folder = Path(tempfile.mkdtemp())
        (self.folder / "tmp").mkdir()
        self.folder.chmod(0o755)
        (self.folder / "tmp").chmod(0o1777)
        self.errors = (self.folder / "errors").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.local", *arguments],
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env={**os.environ, "TMPDIR": str(self.folder / "tmp"), **environment},
        )
        self.pids = set()

    def watch(self, text):
        """Wait until a text shows on standard error; remember all processes there are then."""
        eventually(lambda: text in self.said() or self.process.poll() is not None, 120)
        self.pids |= descendants(self.process.pid)

    def said(self):
        return (self.folder / "errors").read_text()

    def end(self, number):
        """Send a signal and wait for the exit status."""
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.end(signal.SIGKILL)
        self.process.stdout.close()
        self.errors.close()
        eventually(lambda: not any(map(running, self.pids)))
        subprocess.run(["rm", "-r", str(self.folder)], check=True)

    def leftovers(self):
        return [path.name for path in (self.folder / "tmp").iterdir()]


@pytest.fixture
def command():
    started = []

    def start(*arguments, **environment):
        started.append(Command(*arguments, **environment))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture(scope="module")
def demo():
    """The system with its demo data, in a shell with other things in its environment."""
    somebody = {"AWS_PROFILE": "nobodys", "AWS_ENDPOINT_URL": "http://nowhere.invalid"}
    somebody |= {"HTTP_PROXY": "http://nowhere.invalid", "TC_DRIVER_PATH": "nowhere.sqlite"}
    started = Command("--port", "0", "--workers", "1", "--json", **somebody)
    addresses = json.loads(started.process.stdout.readline())
    started.watch("Ctrl-C stops everything")
    yield started, addresses
    started.close()


def fetch(url):
    """Status and body of a GET."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def get_json(url):
    status, body = fetch(url)
    assert status == 200
    return json.loads(body)


def client(addresses, service):
    return boto3.client(
        service,
        endpoint_url=addresses["s3_endpoint"],
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


def test_the_first_line_names_all_addresses(demo):
    _, addresses = demo
    assert set(addresses) == NAMES
    assert addresses["api"].endswith("/local")


def test_progress_and_guide_go_to_standard_error(demo):
    command, addresses = demo
    assert "starting S3 and SQS ... " in command.said()
    assert f"{addresses['api']}/classes/{DATASET}" in command.said()
    assert f"s3 cp cloudmask.tif s3://{addresses['incoming_bucket']}/" in command.said()
    assert "(answered " not in command.said()


def test_the_demo_is_labelled_as_nasa_labels_it(demo):
    _, addresses = demo
    listed = get_json(f"{addresses['api']}/datasets?type=categorical")["datasets"]
    assert {dataset["date"] for dataset in listed} == {"2019", "2019-europe"}
    categories = get_json(f"{addresses['api']}/metadata/{DATASET}")["metadata"]["categories"]
    assert len(categories) == 17
    assert (categories["Water Bodies"], categories["Barren"]) == (0, 16)


def test_the_demo_shows_tiles(demo):
    _, addresses = demo
    status, body = fetch(f"{addresses['api']}/categorical/{DATASET}/3/4/2.png")
    assert (status, body[:8]) == (200, b"\x89PNG\r\n\x1a\n")


def test_an_upload_that_cannot_be_registered_gets_its_report(demo):
    _, addresses = demo
    s3 = client(addresses, "s3")
    s3.put_object(
        Bucket=addresses["incoming_bucket"], Key="categorical/S2/1/x.tif", Body=b"no raster"
    )
    waiter = s3.get_waiter("object_exists")
    report = {"Bucket": addresses["published_bucket"], "Key": "reports/categorical/S2/1/x.tif.json"}
    waiter.wait(**report, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    assert json.loads(s3.get_object(**report)["Body"].read())["status"] == "rejected"


def test_the_database_address_is_the_readers(demo):
    _, addresses = demo
    connection = psycopg2.connect(addresses["database"])
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM datasets")
        assert cursor.fetchone() == (2,)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("DELETE FROM datasets")
    finally:
        connection.close()


def test_the_functions_have_credentials_that_open_nothing_else(demo):
    command, _ = demo
    workers = [
        pid
        for pid in command.pids
        if b"infra.local.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert len(workers) == 2
    for pid in workers:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"AWS_ACCESS_KEY_ID=local\0" in environment
        assert b"nobodys" not in environment


def test_it_stops_cleanly_in_the_middle_of_its_start(command):
    started = command("--port", "0", "--workers", "1")
    started.watch("starting postgresql ... ")
    assert started.end(signal.SIGTERM) == 0
    assert not any(map(running, started.pids))
    assert started.said().endswith("stopped\n")
    assert started.leftovers() == []


def test_nothing_is_left_when_it_is_killed_in_the_middle_of_its_start(command):
    started = command("--port", "0", "--workers", "1")
    started.watch("starting postgresql ... ")
    started.end(signal.SIGKILL)
    eventually(lambda: not any(map(running, started.pids)))
    assert started.pids


def test_a_part_that_does_not_start_stops_the_others(command):
    started = command("--port", "0", "--workers", "1", HANDLER_MAX_RASTERS="many")
    started.watch("error: ")
    assert started.process.wait(60) == 1
    last = started.said().splitlines()[-1]
    assert last.startswith("error: infra.functions.api.lambda_handler did not start: ")
    assert "Traceback" not in started.said()
    assert started.leftovers() == []


def test_a_taken_port_is_named(demo, command):
    port = demo[1]["api"].split(":")[2].removesuffix("/local")
    started = command("--port", port)
    assert started.process.wait(60) == 1
    assert started.said() == (
        f"error: port {port} of 127.0.0.1 cannot be used (Address already in use): "
        "choose another with --port, or any free one with --port 0\n"
    )


def test_a_bad_setting_is_named(command):
    started = command("--port", "0", INGEST_KEY_PATTERN="{type}{type}.tif")
    assert started.process.wait(60) == 1
    assert started.said().splitlines()[-1].startswith("error: INGEST_KEY_PATTERN: ")


def test_sqlite_serves_for_a_quick_look(command):
    started = command(
        "--port", "0", "--workers", "1", "--database", "sqlite", "--no-demo", "--json"
    )
    addresses = json.loads(started.process.stdout.readline())
    started.watch("Ctrl-C stops everything")
    assert addresses["database"].startswith("sqlite:///")
    assert len(get_json(f"{addresses['api']}/keys")["keys"]) == 4
    assert started.end(signal.SIGINT) == 0
    assert started.leftovers() == []


def test_it_stops_cleanly(demo):
    """The last test of the demo's system, which it ends."""
    command, _ = demo
    command.pids |= descendants(command.process.pid)
    assert command.end(signal.SIGINT) == 0
    assert not any(map(running, command.pids))
    assert command.leftovers() == []
