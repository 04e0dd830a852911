"""Requests that mean harm, through what API Gateway refuses and Zappa decodes, to every endpoint.

Whatever is sent: no 5xx, no word about where things lie, nothing of the caller's in a header, and
no address that the caller forged in a document that a cache could keep for others.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from werkzeug.test import run_wsgi_app
from zappa.wsgi import create_wsgi_request

from handler.static_files import StaticFiles
from infra.local.gateway import Refused, check
from infra.local.proxy_event import Request, proxy_event
from tests.attack.conftest import examples
from tests.handler.conftest import DATASET

DOMAIN = "abc123.execute-api.eu-west-1.amazonaws.com"
FORGED = "forged.example"
PATH, SCENE = "/".join(DATASET), "/".join(DATASET[:-1])
BANDS = "r=cloudmask&g=cloudmask&b=cloudmask"
SUM = "expression=v1%2Bv2&v1=cloudmask&v2=cloudmask&stretch_range=%5B0%2C6%5D"

TARGETS = [
    *("/", "/?q={}", "/keys", "/datasets?{}={}", "/colormap?stretch_range={}", "/swagger.json"),
    *("/apidoc", "/map/{}", "/static/{}", "/datasets?type={}&limit={}&page={}&order_by={}"),
    *(f"/{rule}/{{}}" for rule in ("metadata", "classes", "statistics", "export", "tilejson")),
    *(f"/legend/{{}}.{suffix}" for suffix in ("json", "png", "svg")),
    *(f"/export/{PATH}.{suffix}" for suffix in ("clr", "qml", "aux.xml", "stac.json")),
    f"/metadata/{PATH}?columns={{}}",
    f"/tilejson/{PATH}.json?show={{}}&v={{}}",
    f"/legend/{PATH}.svg?show={{}}",
    f"/point/{PATH}?lon={{}}&lat={{}}",
    f"/series/{PATH}?lon={{}}&lat={{}}&limit={{}}&page={{}}",
    f"/transitions/{PATH}?to={{}}",
    f"/statistics/{PATH}?{{}}={{}}",
    f"/categorical/{PATH}/9/277/174.png?show={{}}&tile_size={{}}",
    f"/categorical/{PATH}/{{}}/{{}}/{{}}.png",
    f"/categorical/{PATH}/preview.png?tile_size={{}}",
    f"/singleband/{PATH}/9/277/174.png?colormap=explicit&explicit_color_map={{}}",
    f"/singleband/{PATH}/9/277/174.png?colormap={{}}&stretch_range={{}}&color_transform={{}}",
    f"/singleband/{PATH}/preview.png?tile_size={{}}",
    f"/rgb/{SCENE}/9/277/174.png?{BANDS}&r_range={{}}&color_transform={{}}",
    f"/rgb/{SCENE}/preview.png?r={{}}&g={{}}&b={{}}",
    f"/compute/{SCENE}/9/277/174.png?{SUM}&colormap={{}}",
    f"/compute/{SCENE}/preview.png?expression={{}}&v1=cloudmask&stretch_range={{}}",
]
TEXTS = [
    *(PATH, "cloudmask", "0", "-1", "1e309", "NaN", "9" * 40, "2147483648", "\u0661", ""),
    *("'", "' OR '1'='1", "'; DROP TABLE datasets; --", "%27%20UNION%20SELECT", "$1", "\\", "%s"),
    *("../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/a/b", "....//", "/", "//"),
    *("/vsicurl/http://169.254.169.254/latest/meta-data", "s3://other/secret.tif", "file:///etc"),
    *("\r\nSet-Cookie: a=b", "a\nX: y", "\0", "\x1b[31m", "\u2028", "\ud7ff", "\U0001f30a"),
    *("<script>alert(1)</script>", '"><img src=x>', "{{7*7}}", "${jndi:ldap://x}", "%n%n%n"),
    *("[" * 3000, '{"a":' * 800, "[[1]]", "[1e9,1e9]", "[0,0]", '["p2","p98"]', '{"0":"fff"}'),
    *('{"0":null}', "null", "true", "[null,null]", "gamma rgb 1e9", "gamma 1 0", "sigmoidal 1 9 9"),
    *("v1" + "**v1" * 60, "v1/0", "(" * 200 + "v1" + ")" * 200, "v1.__class__", "lambda: 0"),
    *("where(v1>0,v1,9**9**9)", "9" * 5000, "v1" * 999, "__import__('os').system('id')", "v9"),
    *(f"http://{FORGED}/", "a" * 5000, "é", "a;b", "a&b=c", "a?b#c", " ", "+", "%", "%zz", "%00"),
]
HEADERS = {
    "Host": [DOMAIN],
    "X-Forwarded-Host": [FORGED],
    "X-Forwarded-Proto": ["gopher", "https"],
    "X-Forwarded-Prefix": [f"//{FORGED}"],
    "X-Forwarded-For": ["' OR 1=1", "127.0.0.1"],
    "X-Original-URL": ["/keys"],
    "X-HTTP-Method-Override": ["DELETE"],
    "Forwarded": [f"host={FORGED};proto=http"],
    "Origin": ["null", "https://attacker.example", "http://localhost:3000"],
    "Cookie": ["session=eyJ; a", "=", "a=" + "b" * 4000, "\x80\xff"],
    "If-None-Match": ["*", 'W/"x"', '"' * 50, ","],
    "Accept": ["text/html", "*/*;q=x", "image/png"],
    "Accept-Encoding": ["gzip, deflate;q=1e9", "identity;q=0"],
    "Content-Type": [
        "application/json",
        "text/xml",
        "multipart/form-data; boundary=",
        "a/b; c=\xff",
    ],
    "Content-Length": ["0"],
    "Range": ["bytes=0-18446744073709551616", "bytes=-1"],
    "Referer": ["javascript:alert(1)"],
    "User-Agent": ["\x1b[2J", "() { :;}; /bin/id"],
}
BODIES = [
    b"",
    b"{}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"type":"Polygon","coordinates":' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"type":"GeometryCollection","geometries":[' * 500,
    b'{"type":"Polygon","coordinates":[[[1e308,1e308],[-1e308,1],[1,-1e308],[1e308,1e308]]]}',
    b'{"keys":' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"keys":[["a","b","c",{"d":1}]]}',
    b'{"keys":[["categorical","S2","20181010","cloudmask"]]}',
    b'{"keys":"' + b"9" * 100_000 + b'"}',
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    b"\xff\xfe\x00",
    json.dumps(
        {"type": "Polygon", "coordinates": [[[x % 360 - 180, x % 170 - 85] for x in range(20_000)]]}
    ).encode(),
]

texts = st.sampled_from(TEXTS) | st.text(max_size=12)
headers = st.dictionaries(st.sampled_from(sorted(HEADERS)), st.integers(0, 3), max_size=4)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """A request with parts of it chosen to hurt, encoded as a browser does it, or raw."""
    parts = draw(st.sampled_from(TARGETS)).split("{}")
    target = parts[0]
    for part in parts[1:]:
        text = draw(texts)
        raw = draw(st.integers(0, 5)) == 0
        encoded = quote(text, safe="/" if "?" not in target else "", errors="replace")
        target += (text if raw and text.isascii() and text.isprintable() else encoded) + part
    named = {name: HEADERS[name][i % len(HEADERS[name])] for name, i in draw(headers).items()}
    method = draw(st.sampled_from(["GET"] * 6 + ["POST"] * 3 + ["HEAD", "OPTIONS", "PUT", "TRACE"]))
    body = draw(st.sampled_from(BODIES)) if method in ("POST", "PUT") else b""
    pairs = tuple({"Host": DOMAIN, **named}.items())
    return Request(method, f"/prod{target}", pairs, body)


def send(app: Flask, request: Request) -> tuple[int, Mapping[str, str], bytes] | None:
    """What the application answers; None where API Gateway refuses the request."""
    try:
        check(request)
    except Refused:
        return None
    event = proxy_event(request, "prod")
    assert event is not None
    event["requestContext"]["domainName"] = DOMAIN  # AWS writes it, not the caller
    environ = create_wsgi_request(
        event, script_name="/prod", base_path=None, trailing_slash=False, binary_support=True
    )
    environ["lambda.event"] = event
    body, status, answered = run_wsgi_app(app, environ, buffered=True)
    return int(status.split()[0]), dict(answered), b"".join(body)


@pytest.fixture
def application(client: FlaskClient) -> Flask:
    return client.application


def test_no_request_hurts(
    application: Flask, cog: Any, tally: Counter[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    secrets = [
        str(cog.parent),
        "Traceback",
        ".sqlite",
        "FROM datasets",
        "site-packages",
        "rasterio._",
    ]

    @seed(1)
    @settings(
        max_examples=examples(250),
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(requests())
    def attack(request: Request) -> None:
        answer = send(application, request)
        endpoint = request.target.removeprefix("/prod").split("?")[0].split("/")[1]
        tally[f"request /{endpoint}"[:40], str(answer[0]) if answer else "refused"] += 1
        if answer is not None:
            judge(request, *answer, secrets)

    attack()
    assert FORGED not in "".join(r.getMessage() for r in caplog.records if r.levelno >= 40)


def judge(
    request: Request, status: int, answered: Mapping[str, str], body: bytes, secrets: list[str]
) -> None:
    """Asserts what holds for every answer."""
    assert status < 500, (request, status, body[:300])
    text = body.decode("latin-1")
    assert [secret for secret in secrets if secret in text] == [], request
    for name, value in answered.items():
        assert not set("\r\n\0") & set(name + value), (request, name, value)
        assert FORGED not in value, (request, name, value)
    assert "Set-Cookie" not in answered
    if FORGED not in request.target:
        assert FORGED not in text, request
    if status >= 400 and request.method != "HEAD" and "json" in answered.get("Content-Type", ""):
        assert list(json.loads(body)) == ["message"]


@pytest.mark.parametrize(
    ("target", "body", "words"),
    [
        (f"/statistics/{PATH}", b"[" * 100_000, "nested too deeply"),
        (f"/statistics/{PATH}", b'{"a":' * 50_000, "nested too deeply"),
        (f"/statistics/{PATH}", b"{", "no JSON"),
        ("/metadata", b"[" * 100_000, "nested too deeply"),
        ("/metadata", b"{", "no JSON"),
    ],
)
def test_a_body_says_what_is_wrong_with_it(
    application: Flask, target: str, body: bytes, words: str
) -> None:
    """And does arrive: a body that is not decoded is refused whatever it holds."""
    headers = (("Host", DOMAIN), ("Content-Type", "application/json"))
    answer = send(application, Request("POST", f"/prod{target}", headers, body))
    assert answer is not None
    assert answer[0] == 400
    assert words in json.loads(answer[2])["message"]


@pytest.mark.parametrize(
    "value", ["[" * 5_000, f"[{'9' * 5_000},1]"], ids=["nested", "long number"]
)
@pytest.mark.parametrize(
    "target",
    [
        f"/compute/{SCENE}/preview.png?expression=v1&v1=cloudmask&stretch_range=",
        f"/compute/{SCENE}/preview.png?expression=v1&v1=cloudmask&tile_size=",
        f"/compute/{SCENE}/preview.png?v1=cloudmask&expression=",
        f"/singleband/{PATH}/preview.png?stretch_range=",
        f"/singleband/{PATH}/preview.png?colormap=explicit&explicit_color_map=",
        f"/rgb/{SCENE}/preview.png?r=cloudmask&g=cloudmask&b=cloudmask&r_range=",
        "/colormap?num_values=3&stretch_range=",
        f"/metadata/{PATH}?columns=",
    ],
)
def test_a_parameter_that_no_parser_takes(application: Flask, target: str, value: str) -> None:
    answer = send(application, Request("GET", f"/prod{target}{value}", (("Host", DOMAIN),)))
    assert answer is not None
    assert answer[0] == 400
    assert json.loads(answer[2])["message"]


def test_documents_name_the_gateways_address_whatever_the_caller_says(application: Flask) -> None:
    forged = {
        "Host": FORGED,
        "X-Forwarded-Host": FORGED,
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Prefix": f"/{FORGED}",
        "Forwarded": f"host={FORGED}",
    }
    for target in (f"/prod/tilejson/{PATH}.json", f"/prod/map/{PATH}", "/prod/", "/prod"):
        answer = send(application, Request("GET", target, tuple(forged.items())))
        assert answer is not None
        status, answered, body = answer
        assert status in (200, 302, 308), target
        assert FORGED.encode() not in body
        assert FORGED not in str(answered)


def test_a_redirection_names_no_host(application: Flask) -> None:
    """A cache would send others to the host that the caller forged."""
    request = Request("GET", f"/prod//classes//{PATH}", (("Host", FORGED),))
    answer = send(application, request)
    assert answer is not None
    status, answered, body = answer
    assert (status, answered["Location"]) == (308, f"/prod/classes/{PATH}")
    assert FORGED.encode() not in body


@pytest.mark.parametrize(
    "path",
    [
        *("../settings.py", "../../handler/settings.py", "%2e%2e/settings.py", "..%2fsettings.py"),
        *("x/../../settings.py", "..%5csettings.py", "/etc/passwd", "%2fetc%2fpasswd", "%00", "."),
    ],
)
def test_static_files_come_from_their_folder_only(application: Flask, path: str) -> None:
    for kept in ("", "1/", f"{StaticFiles().version}/"):
        answer = send(
            application, Request("GET", f"/prod/static/{kept}{path}", (("Host", DOMAIN),))
        )
        assert answer is not None
        assert answer[0] in (400, 404, 308), answer
    known = Request("GET", f"/prod/static/{StaticFiles().version}/map.js", (("Host", DOMAIN),))
    answer = send(application, known)
    assert answer is not None
    assert answer[0] == 200
