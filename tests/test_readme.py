"""What README.md shows is what the running system answers."""

import doctest
import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.transform import from_origin

from infra.local.guide import how_to_operate
from infra.local.system import Options, System, running

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
COLORS = {(0x99, 0xD5, 0x94), (0x2B, 0x83, 0xBA), (0xFF, 0xFF, 0xFF), (0x40, 0x40, 0x40)}


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """The system with README's upload in it, sent as README sends it."""
    with running(Options(port=0, workers=1)) as system:
        s3 = system.aws.s3()
        for name, bucket, key in re.findall(r"^aws s3 cp (\S+) +s3://([^/]+)/(\S+)$", TEXT, re.M):
            assert bucket == system.resources.incoming
            s3.put_object(Bucket=bucket, Key=key, Body=_upload(name))
        _wait_for_report(system, *re.findall(r"`(reports/\S+\.json)`", TEXT))
        yield system


def _upload(name: str) -> bytes:
    return _cloud_mask() if name.endswith(".tif") else _class_file().encode()


def _class_file() -> str:
    return re.findall(r"^```json\n(.+?)^```$", TEXT, re.M | re.S)[0]


def _cloud_mask() -> bytes:
    values = np.zeros((400, 600), "uint8")
    values[:, 300:] = 1
    values[80:230, 130:430] = 3
    values[50:200, 100:400] = 2
    file = BytesIO()
    with rasterio.open(
        file,
        "w",
        driver="GTiff",
        width=600,
        height=400,
        count=1,
        dtype="uint8",
        crs="EPSG:32633",
        transform=from_origin(500_000, 5_500_000, 20, 20),
    ) as raster:
        raster.write(values, 1)
    return file.getvalue()


def _wait_for_report(system: System, key: str) -> None:
    s3 = system.aws.s3()
    for _ in range(300):
        found = s3.list_objects_v2(Bucket=system.resources.published, Prefix=key)
        if found["KeyCount"]:
            body = s3.get_object(Bucket=system.resources.published, Key=key)["Body"].read()
            if json.loads(body)["status"] == "registered":
                return
        time.sleep(0.1)
    pytest.fail(f"no report says that the upload is registered: {key}")


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return bytes(answer.read())


@pytest.mark.parametrize(
    ("url", "shown"),
    re.findall(r'^curl "\$API([^"]+)"\n```\n```json\n(.+?)^```$', TEXT, re.M | re.S),
)
def test_requests_answer_what_the_readme_shows(system: System, url: str, shown: str) -> None:
    _assert_shows(json.loads(shown), json.loads(_get(system.api + url)))


def _assert_shows(shown: Any, actual: Any) -> None:
    """`shown` is a cut of `actual`: members of an object, or a list's first items before '...'."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            _assert_shows(value, actual[name])
    elif isinstance(shown, list) and shown[-1] == "...":
        assert len(actual) > len(shown) - 1
        for one, other in zip(shown[:-1], actual, strict=False):
            _assert_shows(one, other)
    else:
        assert shown == actual


def _opaque_colors(system: System, url: str) -> set[tuple[int, ...]]:
    image = Image.open(BytesIO(_get(system.api + url))).convert("RGBA")
    assert image.size == (256, 256)
    counts = image.getcolors(2**16)
    assert counts is not None
    return {color[:3] for _, color in counts if color[3]}  # type: ignore[index]


def test_the_three_tiles_of_the_readme_are_drawn_as_it_says(system: System) -> None:
    urls = re.findall(r'^curl -o tile.png "\$API(.+)"$', TEXT, re.M)

    registered, subset, explicit = (_opaque_colors(system, url) for url in urls)

    assert explicit == COLORS
    assert len(registered) == 4
    assert len(subset) == 2
    assert subset < registered


def test_the_python_lines_of_the_readme_print_what_it_shows() -> None:
    results = doctest.testfile(str(README), module_relative=False)

    assert results.attempted == 3
    assert results.failed == 0


def test_the_commands_for_operators_work_in_another_shell(system: System) -> None:
    lines = how_to_operate(system).splitlines()
    commands = "\n".join(line.strip() for line in lines if line.startswith("    "))
    shell = subprocess.run(
        ["sh", "-euc", commands], capture_output=True, text=True, timeout=120, check=False
    )
    assert shell.stderr == ""
    assert shell.stdout.startswith("uploads    1 registered, ")
    assert "datasets   1" in shell.stdout
