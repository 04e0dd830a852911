"""What a running system prints: an address to look at for each endpoint, and how to upload."""

import shlex
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

from categorical.classes import parse_class_file
from categorical.urls import quote_component, singleband_url
from infra.local import demo
from infra.local.aws import KEY, REGION
from infra.local.system import SHELL_FILE, System

TILE = (3, 4, 2)  # Europe
MADRID = (-3.7, 40.4)


def endpoints(api: str) -> Iterator[tuple[str, str]]:
    """An address of each endpoint, with demo data, and what it shows."""
    world, europe = "/".join(demo.WORLD), "/".join(demo.EUROPE)
    colors = {item.value: item.color for item in parse_class_file(demo.CLASS_FILE.read_bytes())}
    z, x, y = TILE
    longitude, latitude = MADRID
    yield f"{api}/", "start page"
    yield f"{api}/map/{world}", "map with legend"
    yield f"{api}/datasets?type=categorical", "all categorical datasets"
    yield f"{api}/metadata/{world}", "a dataset's metadata, with `categories`"
    yield f"{api}/classes/{world}", "its classes: labels, colours, pixel counts"
    yield f"{api}/legend/{world}.json", "its legend"
    yield f"{api}/legend/{world}.svg", "its legend as a picture"
    yield f"{api}/tilejson/{world}.json", "its TileJSON, for any map library"
    yield f"{api}/categorical/{world}/{z}/{x}/{y}.png", "a tile of Europe in registered colours"
    yield (
        f"{api}/categorical/{europe}/{z}/{x}/{y}.png?show={quote_component('Croplands')}",
        "one class of the regional cut",
    )
    yield singleband_url(api, demo.WORLD, colors, tile=TILE), "the same tile in colours of the URL"
    yield f"{api}/singleband/{world}/preview.png?colormap=tab20", "Terracotta's own preview"
    yield f"{api}/point/{world}?lon={longitude}&lat={latitude}", "the class at Madrid"
    yield f"{api}/statistics/{world}", "the area of each class"
    yield f"{api}/transitions/{world}?to={demo.EUROPE[2]}", "what changed between two dates"
    yield f"{api}/static/categorical.js", "the JavaScript helper"
    yield f"{api}/apidoc", "all endpoints and their parameters"


def addresses(api: str) -> str:
    """Those endpoints that are there, a line each; each has been asked once."""
    asked = [(url, text, status(url)) for url, text in endpoints(api)]
    shown = [
        (url, text if code == 200 else f"{text} (answered {code})")
        for url, text, code in asked
        if code != 404
    ]
    return "\n".join(f"{text}:\n    {url}" for url, text in shown)


def status(url: str) -> int:
    """The HTTP status that a GET is answered with."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 (our gateway)
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def how_to_upload(system: System) -> str:
    """The commands that upload a raster and its class file, and fetch the report."""
    s3, incoming = system.aws.endpoint_url, system.resources.incoming
    published, key = system.resources.published, "categorical/S2/20181010/cloudmask"
    return f"""\
Upload a raster of your own (TYPE/SENSOR/DATE/BAND.tif), its class file first:

    export AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={KEY} AWS_DEFAULT_REGION={REGION}
    aws --endpoint-url {s3} s3 cp categories.json s3://{incoming}/{key}.categories.json
    aws --endpoint-url {s3} s3 cp cloudmask.tif s3://{incoming}/{key}.tif
    aws --endpoint-url {s3} s3 cp s3://{published}/reports/{key}.tif.json -

or in Python:

    import boto3
    s3 = boto3.client("s3", endpoint_url="{s3}", region_name="{REGION}",
                      aws_access_key_id="{KEY}", aws_secret_access_key="{KEY}")
    s3.upload_file("categories.json", "{incoming}", "{key}.categories.json")
    s3.upload_file("cloudmask.tif", "{incoming}", "{key}.tif")
    print(s3.get_object(Bucket="{published}", Key="reports/{key}.tif.json")["Body"].read().decode())
"""


def how_to_operate(system: System) -> str:
    """How to look after uploads from another shell."""
    return f"""\
See what became of uploads, in another shell (docs/ingestion.md):

    . {shlex.quote(str(system.logs / SHELL_FILE))}
    {shlex.quote(sys.executable)} -m ingest status s3://{system.resources.incoming}
"""


def guide(system: System, with_demo: bool) -> str:
    """All of it."""
    first = addresses(system.api) if with_demo else f"tile API:\n    {system.api}/datasets"
    last = f"Logs are in {system.logs}. Ctrl-C stops everything."
    return f"\n{first}\n\n{how_to_upload(system)}\n{how_to_operate(system)}\n{last}"
