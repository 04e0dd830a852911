"""PostgreSQL and moto as children: up, down, and gone when whoever started them is killed."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
from processes import descendants, eventually, running

from infra.errors import StartFailed
from infra.local.children import Child
from infra.local.postgres import Postgres


def query(url, text):
    connection = psycopg2.connect(url)
    try:
        cursor = connection.cursor()
        cursor.execute(text)
        return cursor.fetchone()[0]
    finally:
        connection.close()


def data_folder(server):
    return Path(query(server.admin_url, "SHOW data_directory"))


def test_postgresql_listens_on_loopback_only(postgres):
    assert query(postgres.admin_url, "SHOW listen_addresses") == "127.0.0.1"
    assert query(postgres.admin_url, "SHOW unix_socket_directories") == ""


def test_postgresql_wants_its_password(postgres):
    with pytest.raises(psycopg2.OperationalError, match="password"):
        query(postgres.url("postgres", password="wrong"), "SELECT 1")
    assert postgres.password not in repr(postgres)


def test_postgresql_runs_as_an_ordinary_user(postgres):
    owner = data_folder(postgres).stat().st_uid
    assert owner == (pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid())
    assert data_folder(postgres).stat().st_mode & 0o077 == 0


def test_stopping_leaves_neither_process_nor_file():
    server = Postgres.start()
    folder, pids = data_folder(server), descendants(server.child.pid)
    server.stop()
    assert len(pids) > 1
    assert not any(map(running, pids))
    assert not folder.exists()


def test_fresh_databases_come_and_go(postgres):
    url = postgres.fresh_database("come_and_go")
    assert query(url, "SELECT current_database()") == "come_and_go"
    postgres.drop_database("come_and_go")
    with pytest.raises(psycopg2.OperationalError, match="does not exist"):
        query(url, "SELECT 1")


def test_postgresql_ends_with_its_keeper():
    server = Postgres.start()
    folder, pids = data_folder(server), descendants(server.child.pid)
    os.kill(server.child.pid, 9)
    eventually(lambda: not any(map(running, pids)))
    server.stop()
    subprocess.run(["rm", "-r", str(folder.parent)], check=True)


@pytest.mark.parametrize("part", ["postgres.Postgres", "aws.Aws"])
def test_a_server_is_gone_when_its_parent_is_killed(part):
    module, name = part.split(".")
    script = (
        f"from infra.local.{module} import {name}\n"
        f"server = {name}.start(); print(server.child.pid, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        keeper = int(parent.stdout.readline())
        pids = {keeper, *descendants(keeper)}
        parent.kill()
    eventually(lambda: not any(map(running, pids)))


def test_the_incoming_bucket_notifies_the_queue(aws, buckets):
    s3, sqs = aws.s3(), aws.sqs()
    s3.put_object(Bucket=buckets.incoming, Key="a.tif", Body=b"x")
    s3.delete_object(Bucket=buckets.incoming, Key="a.tif")
    bodies = ""
    while "ObjectRemoved" not in bodies:
        answer = sqs.receive_message(QueueUrl=buckets.queue_url, WaitTimeSeconds=5)
        bodies += answer["Messages"][0]["Body"]
    assert "s3:TestEvent" in bodies
    assert "ObjectCreated:Put" in bodies


def test_the_published_bucket_notifies_nobody(aws, buckets):
    aws.s3().put_object(Bucket=buckets.published, Key="a.tif", Body=b"x")
    answer = aws.sqs().receive_message(QueueUrl=buckets.queue_url, MaxNumberOfMessages=10)
    assert [message["Body"] for message in answer["Messages"] if "a.tif" in message["Body"]] == []


def test_resources_of_two_installations_do_not_meet(aws):
    first, second = aws.create_resources(), aws.create_resources()
    assert {*vars(first).values()}.isdisjoint(vars(second).values())


def test_boto3_and_gdal_are_told_of_the_same_server(aws):
    environment = aws.environment()
    assert environment["AWS_ENDPOINT_URL"] == f"http://{environment['AWS_S3_ENDPOINT']}"
    assert environment["AWS_HTTPS"] == "NO"


def test_a_server_that_does_not_start_says_why(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path / "missing")}
    child = Child("infra.local.cluster", "postgres", "superfluous", env=environment)
    with pytest.raises(StartFailed, match=r"PostgreSQL did not start: TypeError"):
        Postgres.start(child)
    assert not running(child.pid)


@pytest.mark.parametrize("crash", [False, True])
def test_postgresql_comes_back_with_its_data(crash):
    server = Postgres.start()
    url = server.fresh_database("kept")
    server.shut_down(crash=crash)
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        query(url, "SELECT 1")
    server.start_up()
    assert query(url, "SELECT current_database()") == "kept"
    server.stop()
