import json
import subprocess
from dataclasses import replace
from pathlib import Path

from infra.package.archive import MIB
from infra.package.build import Built
from infra.package.emulator import Emulator
from infra.package.site_packages import LICENSES


def test_the_package_fits_and_both_functions_import(package: Built) -> None:
    assert package.archive.unzipped <= 190 * MIB
    assert package.archive.zipped <= 75 * MIB
    assert package.imported


def test_what_lambda_has_and_what_nobody_needs_there_is_not_in_it(package: Built) -> None:
    folders = {name.partition("/")[0] for name in package.archive.entries}
    assert not folders & {"boto3", "botocore", "s3transfer", "pip", "setuptools", "pytest", "moto"}
    assert not folders & {"tests", "benchmarks", "docs", "scripts", "bin"}
    parts = {part for name in package.archive.entries for part in Path(name).parts}
    assert not parts & {"tests", "test", "conftest.py", "conftest.pyc"}


def test_the_map_page_finds_its_library(package: Built) -> None:
    leaflet = {name for name in package.archive.entries if name.startswith("xstatic/")}
    assert {f"xstatic/pkg/leaflet/data/leaflet.{suffix}" for suffix in ("js", "css")} <= leaflet
    assert not [name for name in leaflet if name.endswith((".map", "-src.js", ".esm.js"))]


def test_each_part_has_a_licence(task: Path) -> None:
    lines = (task / LICENSES).read_text().splitlines()
    listed = {line.split()[0].lower().replace("_", "-") for line in lines}
    present = {
        path.name.split("-")[0].lower().replace("_", "-") for path in task.glob("*.dist-info")
    }
    assert listed == present
    assert not [line for line in lines if "see its files" in line or "same as" in line]


def test_the_application_starts_without_what_no_tile_needs(task: Path, emulator: Emulator) -> None:
    """Terracotta's own endpoints, which read S3 through boto3, get it all the same."""
    program = (
        f"import sys; sys.path[:0] = {[str(task), str(emulator.runtime)]}\n"
        "import infra.functions.api, json\n"
        "from zappa.handler import LambdaHandler\n"
        "LambdaHandler()\n"
        "names = ['boto3', 's3transfer', 'palettable', 'yaml', 'dotenv', 'handler.app']\n"
        "names += ['categorical.exports', 'handler.stac', 'handler.areas.statistics']\n"
        "names += ['handler.areas.transitions', 'handler.areas.pixel_areas']\n"
        "loaded = [name for name in names if name in sys.modules]\n"
        "from rasterio.session import AWSSession\n"
        "session = AWSSession(aws_access_key_id='a', aws_secret_access_key='b')\n"
        "print(json.dumps([loaded, type(session._session).__module__]))\n"
    )
    done = subprocess.run(
        [emulator.python, "-I", "-S", "-B", "-c", program],
        cwd=task,
        env={"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded, session = json.loads(done.stdout.splitlines()[-1])
    assert loaded == ["handler.app"]
    assert session == "boto3.session"


def test_the_command_says_why_a_package_was_not_tried(package: Built) -> None:
    other = {"x86_64": "arm64", "arm64": "x86_64"}[package.target.architecture]
    elsewhere = replace(package, target=replace(package.target, architecture=other), imported=False)
    assert f"not tried: no {other} processor with Linux here" in str(elsewhere)
    later = replace(package, target=replace(package.target, runtime="python3.99"), imported=False)
    assert "not tried: no Python 3.99 here" in str(later)


def test_the_command_says_where_the_licences_are(package: Built) -> None:
    assert f"licences are listed in its {LICENSES}" in str(package)
    assert package.to_json()["licences"] in package.archive.entries
