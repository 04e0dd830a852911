import socket
import struct
import threading

import pytest

from benchmarks.proxy import CountingProxy, http_requests, is_query, sql_statements


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack(">I", len(body) + 4) + body


def test_requests_are_found_with_their_ranges() -> None:
    received = bytearray(
        b"HEAD /bucket/a.tif HTTP/1.1\r\nHost: x\r\n\r\n"
        b"GET /bucket/a.tif HTTP/1.1\r\nHost: x\r\nRange: bytes=0-32767\r\n\r\n"
    )
    assert http_requests(received) == ["HEAD /bucket/a.tif", "GET /bucket/a.tif 0-32767"]
    assert not received


def test_request_in_two_parts_is_found_once() -> None:
    received = bytearray(b"GET /a HTTP/1.1\r\nHo")
    assert http_requests(received) == []
    received += b"st: x\r\n\r\n"
    assert http_requests(received) == ["GET /a"]
    assert http_requests(received) == []


def test_statements_are_found_among_other_messages() -> None:
    startup = struct.pack(">II", 16, 196608) + b"user\0me\0"
    received = bytearray(
        startup + message(b"p", b"secret\0") + message(b"Q", b"BEGIN\0") + message(b"Q", b"SELECT")
    )
    last = received[-3:]
    del received[-3:]
    assert sql_statements(received) == ["BEGIN"]
    assert sql_statements(received + last) == ["SELECT"]


@pytest.mark.parametrize(
    "statement",
    ["BEGIN", "commit;", "SELECT 1", "select pg_catalog.version()", "SHOW x", "", ";"],
)
def test_opening_and_bounding_is_no_query(statement: str) -> None:
    assert not is_query(statement)


def test_asking_for_data_is_a_query() -> None:
    assert is_query("SELECT 1, path FROM datasets")
    assert is_query("\n  SELECT settings.x FROM settings")


def test_proxy_forwards_and_counts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        threading.Thread(target=_echo, args=(upstream,), daemon=True).start()
        proxy = CountingProxy("127.0.0.1", upstream.getsockname()[1], lambda data: [data.decode()])
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
            client.sendall(b"hello")
            assert client.recv(100) == b"hello"
        assert proxy.taken() == ["hello"]
        assert proxy.taken() == []
        proxy.close()


def _echo(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        while data := connection.recv(100):
            connection.sendall(data)
