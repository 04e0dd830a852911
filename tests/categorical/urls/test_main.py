import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from categorical.urls import categorical_url, quote_component, singleband_url
from categorical.urls.__main__ import main

BASE = "https://api.example.com/prod"
KEYS = ["categorical", "S2", "20181010", "cloudmask"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_singleband_prints_the_url() -> None:
    result = run(
        "singleband",
        BASE,
        *KEYS,
        "--color",
        "0=99d594",
        "--color",
        "-1=255, 0, 0, 128",
        "--tile",
        "3/1/2",
        "--option",
        "tile_size=[512,512]",
        "--option",
        "x=a=b",
    )
    expected = singleband_url(
        BASE,
        KEYS,
        {0: "99d594", -1: (255, 0, 0, 128)},
        tile=(3, 1, 2),
        tile_size=(512, 512),
        x="a=b",
    )
    assert (result.exit_code, result.stdout) == (0, f"{expected}\n")


def test_categorical_prints_the_url() -> None:
    result = run(
        "categorical", BASE, *KEYS, "--show", "cloud shadow", "--show", "Äcker", "--version", "5e1f"
    )
    expected = categorical_url(BASE, KEYS, show=["cloud shadow", "Äcker"], version="5e1f")
    assert (result.exit_code, result.stdout) == (0, f"{expected}\n")


def test_quote_prints_one_component() -> None:
    assert run("quote", "{a|b} ä").stdout == quote_component("{a|b} ä") + "\n"


def test_parse_prints_what_went_in() -> None:
    url = singleband_url(
        BASE, KEYS, {0: "fff", 2**63: "ff000080"}, tile=(3, 1, 2), tile_size=(512, 512)
    )
    assert json.loads(run("parse", url).stdout) == {
        "kind": "singleband",
        "base": BASE,
        "keys": KEYS,
        "tile": [3, 1, 2],
        "colors": {"0": "ffffff", "9223372036854775808": [255, 0, 0, 128]},
        "options": {"tile_size": [512, 512]},
    }
    assert json.loads(run("parse", categorical_url(BASE, KEYS, show=["Äcker"])).stdout) == {
        "kind": "categorical",
        "base": BASE,
        "keys": KEYS,
        "tile": None,
        "show": ["Äcker"],
        "version": None,
    }


def test_a_regional_api_takes_more() -> None:
    colors = [f"--color={value}=99d594" for value in range(320)]
    assert run("singleband", BASE, *KEYS, *colors).exit_code == 2
    assert run("singleband", BASE, *KEYS, *colors, "--max-bytes", "10240").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["singleband", BASE, "a", "--color", "0=red"], "Error: pixel value 0: 'red' is no colour"),
        (
            ["singleband", BASE, "a", "--color", "0=1,2,x"],
            "Error: pixel value 0: 'x' in [1, 2, 'x']",
        ),
        (["singleband", BASE, "a", "--color", "red"], "Error: --color 'red' lacks a ="),
        (
            ["singleband", BASE, "a", "--color", "0=fff", "--color", "0=000"],
            "Error: --color '0=000' is given more than once",
        ),
        (["singleband", BASE, "a", "--color", "0=fff", "--option", "tile=3"], "Error: give --tile"),
        (
            ["singleband", BASE, "a", "--color", "0=fff", "--tile", "0/0/1"],
            "Error: the tile [0, 0, 1] is outside",
        ),
        (["singleband", "api", "a", "--color", "0=fff"], "Error: 'api' is no base URL"),
        (["categorical", BASE, "a/b"], "Error: the key value 'a/b' holds '/'"),
        (["categorical", BASE, "a", "--tile", "here"], "Error: 'here' is no tile"),
        (["categorical", BASE, "a", "--show", ""], "Error: the label '' is empty"),
        (["quote", "a\udcff"], "Error: 'a\\udcff' holds half a surrogate pair"),
        (["parse", "https://h"], "Error: 'https://h' is no /singleband/"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["singleband", BASE, "a"], ["categorical", BASE], ["parse"], ["no"]]
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_the_module_runs_and_its_help_has_an_example() -> None:
    command = [sys.executable, "-m", "categorical.urls", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "Usage: python -m categorical.urls" in done.stdout
    assert "--color 0=99d594 --color 2=ffffff" in done.stdout
    assert done.stderr == ""


def test_the_helper_needs_no_command_line_library() -> None:
    code = "import sys, categorical.urls; sys.exit('click' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
