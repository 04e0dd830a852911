"""What docs/ingestion.md says is what the code has: keys, verdicts, commands, metrics."""

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from ingest.class_files import candidates
from ingest.cli import cli
from ingest.errors import NoClasses, Rejection
from ingest.metrics import emit
from ingest.notices import Code
from ingest.reports import Fault, Report
from ingest.sidecars import sidecar_keys

TEXT = (Path(__file__).parent.parent / "docs" / "ingestion.md").read_text(encoding="utf-8")
KEY = "categorical/S2/20181010/cloudmask.tif"
WIDTH = 90


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    lines = re.findall(r"^\| `.*\|$", section(title), re.M)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def rejections() -> Iterator[Rejection]:
    pending = Rejection.__subclasses__()
    while pending:
        each = pending.pop()
        pending += each.__subclasses__()
        yield NoClasses("", {}) if each is NoClasses else each("")


def test_every_rejection_is_there_with_its_remedy() -> None:
    found = rows("Rejected: what its producer can do")
    told = {code.strip("`"): remedy for code, _, remedy in found}
    assert len(told) == len(found)
    assert told == {
        each.code: each.remedy.replace("{upload}", "s3://BUCKET/KEY") for each in rejections()
    }


def test_every_warning_is_there_with_what_to_do() -> None:
    found = rows("Registered with a warning")
    assert sorted(code.strip("`") for code, *_ in found) == sorted(get_args(Code))
    assert all(odd.endswith(".") and remedy.endswith(".") for _, odd, remedy in found)


def test_files_are_listed_in_the_order_in_which_they_are_believed() -> None:
    blocks = re.findall(r"```text\n(.+?)```", section("Where its classes come from"), re.S)
    class_files, sidecars = (tuple(block.split()) for block in blocks)
    assert class_files == candidates(KEY)
    in_lower_case = (key for key in sidecar_keys(KEY) if key[-3:].islower())
    assert sidecars == tuple(in_lower_case)


@pytest.mark.parametrize(
    ("command", "shown"), re.findall(r"```console\n\$ ([^\n]+)\n(.+?)```", TEXT, re.S)
)
def test_commands_say_what_the_page_shows(command: str, shown: str) -> None:
    prefix, arguments = shlex.split(command)[:3], shlex.split(command)[3:]
    assert prefix == ["python", "-m", "ingest"]
    name = " ".join(prefix)
    result = CliRunner().invoke(cli, arguments, prog_name=name, terminal_width=WIDTH)
    assert result.stdout == shown


def test_every_command_is_there() -> None:
    shown = set(re.findall(r"^\$ python -m ingest (\w+) --help$", TEXT, re.M))
    assert shown == set(cli.commands)


def test_metrics_have_the_names_that_the_function_gives_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    at = datetime.now(UTC)
    fault = Fault(code="no_crs", message="", remedy="")
    emit(Report(status="registered", bucket="b", key="k", reported_at=at, pixels=1), 1)
    emit(Report(status="rejected", bucket="b", key="k", reported_at=at, error=fault), 1)
    emitted = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    directives = [each["_aws"]["CloudWatchMetrics"][0] for each in emitted]
    units = {metric["Name"]: metric["Unit"] for each in directives for metric in each["Metrics"]}
    found = rows("Watching it")
    assert {name.strip("`"): unit for name, unit, _ in found} == units
    assert {f"`{each['Namespace']}`" in section("Watching it") for each in directives} == {True}
