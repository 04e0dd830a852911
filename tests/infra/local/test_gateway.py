"""The gateway over a real connection, with requests that HTTP libraries would mend or refuse."""

import json
import os
import socket
from pathlib import Path

import pytest

from infra.errors import WorkerTimedOut
from infra.local.gateway import Gateway, answer
from infra.local.proxy_event import Request
from infra.local.workers import Workers

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}


@pytest.fixture(scope="module")
def gateway():
    workers = Workers("functions.respond", 1, ENVIRONMENT)
    with Gateway(0, "local") as server:
        server.serve(workers.invoke)
        yield server
    workers.stop()


def exchange(gateway, raw):
    """Status, headers and body that raw bytes are answered with."""
    with socket.create_connection(("127.0.0.1", gateway.server_port), timeout=30) as connection:
        connection.sendall(raw)
        with connection.makefile("rb") as stream:
            status = int(stream.readline().split()[1])
            headers = {}
            while line := stream.readline().decode("latin-1").strip():
                name, _, value = line.partition(": ")
                headers[name] = value
            return status, headers, stream.read(int(headers.get("Content-Length", 0)))


def get(gateway, target, method="GET", headers="", body=b""):
    head = f"{method} {target} HTTP/1.1\r\nHost: local\r\n{headers}\r\n"
    return exchange(gateway, head.encode("latin-1") + body)


def test_a_request_reaches_the_function_and_its_response_the_client(gateway):
    status, headers, body = get(gateway, "/local/x", "POST", "Content-Length: 3\r\n", b"abc")
    assert (status, headers["Content-Type"], body) == (200, "text/plain", b"POST YWJj")
    assert headers["Content-Length"] == str(len(body))
    assert "Server" not in headers


@pytest.mark.parametrize("character", ["{", "}", "|", "\x01", "\x7f", "ä", "\x80"])
@pytest.mark.parametrize("place", ["/local/{}/x", "/local/x?a={}"])
def test_raw_characters_are_refused(gateway, character, place):
    status, _, body = get(gateway, place.replace("{}", character))
    assert status == 400
    assert "message" in json.loads(body)


def test_a_raw_space_is_refused(gateway):
    assert get(gateway, "/local/clear land")[0] == 400


@pytest.mark.parametrize("target", ["/local/%7B%7D%7C", "/local/a[0]?b=^:,;'()*!~"])
def test_what_the_real_gateway_takes_is_taken(gateway, target):
    assert get(gateway, target)[0] == 200


@pytest.mark.parametrize("target", ["/", "/keys", "/localhost/keys", "//local/keys"])
def test_all_else_than_the_stage_is_forbidden(gateway, target):
    assert get(gateway, target)[0] == 403


def test_urls_end_at_8192_bytes(gateway):
    fits = "/local/".ljust(8192 - len("https://local"), "x")
    assert get(gateway, fits)[0] == 200
    status, headers, _ = get(gateway, fits + "x")
    assert (status, headers["Connection"]) == (413, "close")


def test_a_url_of_any_length_is_refused_alike(gateway):
    assert get(gateway, "/local/" + "x" * 60_000)[0] == 413
    assert get(gateway, "/local/" + "x" * 65_600)[0] == 413


def test_bodies_end_where_the_event_would_be_over_6_mb(gateway):
    length = 5_000_000
    status, _, _ = get(gateway, "/local/x", "POST", f"Content-Length: {length}\r\n", b"x" * length)
    assert status == 413
    assert get(gateway, "/local/x", "POST", "Content-Length: 6500000\r\n")[0] == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "+5", "x"])
def test_a_body_of_unknown_length_is_refused(gateway, length):
    assert get(gateway, "/local/x", "POST", f"Content-Length: {length}\r\n")[0] == 400


def test_chunked_bodies_are_refused(gateway):
    assert get(gateway, "/local/x", "POST", "Transfer-Encoding: chunked\r\n")[0] == 411


@pytest.mark.parametrize("kind", ["large", "broken", "raise"])
def test_a_function_that_fails_is_a_bad_gateway(gateway, kind, capsys):
    status, _, body = get(gateway, f"/local/{kind}")
    assert (status, json.loads(body)) == (502, {"message": "Internal server error"})
    assert f"GET /local/{kind}: " in capsys.readouterr().err


def test_no_answer_in_time_is_a_gateway_timeout():
    def never(event, timeout):
        assert timeout == 29
        raise WorkerTimedOut("never")

    response = answer(Request("GET", "/local/x", ()), "local", never)
    assert response.status == 504


def test_an_unchanged_response_has_neither_length_nor_body(gateway):
    status, headers, body = get(gateway, "/local/unchanged")
    assert (status, headers["ETag"], body) == (304, '"a"', b"")
    assert "Content-Length" not in headers


def test_a_head_request_gets_no_body(gateway):
    status, _, _ = get(gateway, "/local/x", "HEAD", "Connection: close\r\n")
    assert status == 200


def test_a_connection_serves_many_requests(gateway):
    one = b"GET /local/x HTTP/1.1\r\nHost: local\r\n\r\n"
    with socket.create_connection(("127.0.0.1", gateway.server_port), timeout=30) as connection:
        for _ in range(3):
            connection.sendall(one)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "raw", [b"\x16\x03\x01\r\n\r\n", b"GET\r\n\r\n", b"GET /local/x FTP/1\r\n\r\n"]
)
def test_what_is_no_http_gets_a_message(gateway, raw):
    status, headers, body = exchange(gateway, raw)
    assert (status, headers["Content-Type"]) == (400, "application/json")
    assert json.loads(body)["message"]
