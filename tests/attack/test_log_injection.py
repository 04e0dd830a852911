"""What callers and uploaders send ends in the logs of both functions, and forges no line."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
import psycopg2
import pytest
import rasterio
from rasterio import Affine

from categorical.json_lines import MOST_CHARACTERS
from infra.local.system import NAME, Options, System, running

MARK = "INJECTED"
EVIL = (
    f'\r\n{{"level":"{MARK}"}}\n\x1b[2J\x1b]0;{MARK}\x07\x08\x00"}}\x7f\x85\u2028\u202e{MARK}\\n\\'
)
LONG = f"{MARK}" * 2_000
ZAPPA = "Instancing.."  # the one line that is none of ours
TILES, UPLOADS = "infra.functions.api.lambda_handler", "infra.functions.ingestion.lambda_handler"


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running(Options(port=0, workers=1)) as system:
        yield system


@pytest.fixture(scope="module")
def lines(system: System) -> Callable[[str, str], list[bytes]]:
    """lines(function, awaited) are those of a function's log, once one of them has that text."""

    def of(function: str, awaited: str) -> list[bytes]:
        log, deadline = Path(system.logs, f"{function}.log"), time.monotonic() + 60
        while awaited.encode() not in log.read_bytes():
            assert time.monotonic() < deadline, f"{awaited!r} is not in {log.read_bytes()!r}"
            time.sleep(0.1)
        return [line for line in log.read_bytes().split(b"\n") if line not in (b"", ZAPPA.encode())]

    return of


def judge(lines: list[bytes]) -> None:
    """Each line is one JSON object, and nothing but printable ASCII; one has what was sent."""
    for line in lines:
        told = json.loads(line)
        assert isinstance(told, dict)
        assert told.get("level") != MARK
        assert all(0x20 <= byte < 0x7F for byte in line), line
        assert len(line) < 8 * MOST_CHARACTERS
    assert any(MARK.encode() in line for line in lines)


def ask(system: System, target: str, *headers: bytes) -> int:
    """The status of an answer to a request, which is sent byte by byte as given."""
    url = urlsplit(system.api)
    head = b"\r\n".join([f"GET {url.path}{target} HTTP/1.1".encode(), *headers])
    with socket.create_connection((url.hostname, url.port), timeout=60) as connection:
        connection.sendall(head + b"\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split()[1])


def raw(text: str) -> bytes:
    """As a header carries it: nothing may be in there that ends it."""
    return text.replace("\r\n", " ").replace("\n", " ").replace("\0", "").encode()


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (f"/metadata/{quote(EVIL, safe='')}/a/b/c", []),
        (f"/{quote(EVIL, safe='')}", []),
        (f"/?q={quote(EVIL, safe='')}&{quote(EVIL, safe='')}=1", []),
        (f"/datasets?type={quote(EVIL)}", []),
        (f"/keys?{LONG[:7000]}", []),
        ("/keys", [b"Host: " + raw(EVIL)]),
        *(
            ("/keys", [b"Host: a", name + b": " + value])
            for name in (b"User-Agent", b"Referer", b"X-Forwarded-For", b"X-Forwarded-Host")
            for value in (raw(EVIL), b"folded\r\n " + raw(EVIL), LONG.encode())
        ),
    ],
)
def test_no_request_forges_a_line(
    system: System,
    lines: Callable[[str, str], list[bytes]],
    target: str,
    headers: list[bytes],
) -> None:
    ask(system, target, *(headers or [b"Host: a"]))
    assert ask(system, f"/keys?then={len(target)}-{MARK}", b"Host: a") == 200
    judge(lines(TILES, f"then={len(target)}-{MARK}"))


def test_no_path_or_metadata_in_the_database_forges_a_line(
    system: System, lines: Callable[[str, str], list[bytes]]
) -> None:
    """An error's text names the path, and a warning the label, that somebody registered by hand."""
    path = f"/nowhere/{EVIL.replace(chr(0), '')}.tif"
    classes = {"classes": [{"value": 1, "name": EVIL.replace("\0", "")}] * 2}
    assert system.postgres is not None
    with psycopg2.connect(system.postgres.url(NAME)) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO datasets VALUES ('categorical','LOG','1','x',%s)", [path])
        cursor.execute(
            "INSERT INTO metadata (type,sensor,date,band,bounds_north,bounds_east,bounds_south,"
            "bounds_west,convex_hull,valid_percentage,min,max,mean,stdev,percentiles,metadata) "
            "VALUES ('categorical','LOG','1','x',1,1,0,0,'{}',100,0,1,0,0,%s,%s)",
            [b"", json.dumps(classes)],
        )
    connection.close()
    assert ask(system, "/classes/categorical/LOG/1/x", b"Host: a") in (200, 404)
    assert ask(system, "/categorical/categorical/LOG/1/x/0/0/0.png", b"Host: a") >= 400
    judge(lines(TILES, "faulty classes"))


def test_no_upload_forges_a_line(system: System, lines: Callable[[str, str], list[bytes]]) -> None:
    key = f"categorical/\x1b[2J{MARK}\u2028\x7f/20181010"
    labels = {EVIL: 0, LONG: 1}
    put = system.aws.s3().put_object
    bucket = system.resources.incoming
    put(Bucket=bucket, Key="categorical/LOG/1/mask.categories.json", Body=json.dumps(labels))
    put(Bucket=bucket, Key="categorical/LOG/1/mask.tif", Body=geotiff())
    put(Bucket=bucket, Key="categorical/LOG/2/mask.tif", Body=b"II*\0" + EVIL.encode())
    put(Bucket=bucket, Key=f"{key}/mask.tif", Body=geotiff())
    put(Bucket=bucket, Key="categorical/LOG/3/last.tif", Body=b"nothing")
    judge(lines(UPLOADS, "LOG/3/last.tif"))


def test_no_message_forges_a_line(system: System, lines: Callable[[str, str], list[bytes]]) -> None:
    bodies = [
        EVIL.replace("\0", "").replace("\x07", "").replace("\x08", "").replace("\x1b", ""),
        message(EVIL, "a.tif"),
        message(system.resources.incoming, EVIL),
        message(LONG, LONG),
        message(system.resources.incoming, "categorical/LOG/4/message.tif"),
    ]
    for body in bodies:
        system.aws.sqs().send_message(QueueUrl=system.resources.queue_url, MessageBody=body)
    judge(lines(UPLOADS, "LOG/4/message.tif"))


def message(bucket: str, key: str) -> str:
    """As S3 sends it, without care."""
    content = {"bucket": {"name": bucket}, "object": {"key": quote(key), "sequencer": "00"}}
    record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": content}
    return json.dumps({"Records": [record]})


def geotiff() -> bytes:
    """A raster whose tags speak too."""
    file = BytesIO()
    place = {"crs": "EPSG:32633", "transform": Affine(10, 0, 500_000, 0, -10, 5_000_000)}
    with rasterio.open(
        file, "w", driver="GTiff", width=64, height=64, count=1, dtype="uint8", **place
    ) as dataset:
        dataset.write(np.eye(64, dtype="uint8"), 1)
        dataset.update_tags(AREA_OR_POINT="Area", TIFFTAG_SOFTWARE=f"a\n{MARK}\x1b")
    return file.getvalue()
