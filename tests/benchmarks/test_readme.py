"""The README's table is the one that results.json gives."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.readme import BEGIN, END, table, update
from benchmarks.report import render

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def results() -> Any:
    return json.loads((ROOT / "benchmarks/results.json").read_text())


def test_the_readme_has_the_measured_figures(results: Any) -> None:
    text = (ROOT / "README.md").read_text()
    assert BEGIN + table(results) + END in text


def test_it_comes_from_whole_runs_of_all_sections(results: Any) -> None:
    sections = results["sections"]
    assert {"speed", "growth", "traffic"} <= set(sections)
    assert not any(section["quick"] for section in sections.values())


def test_results_md_is_results_json_for_people(results: Any) -> None:
    assert (ROOT / "benchmarks/results.md").read_text() == render(results)


def test_ours_in_figures_and_others_in_multiples(results: Any) -> None:
    ours, stock = table(results).splitlines()[2:4]
    assert "this project" in ours
    assert ours.count(" ms ") == 4
    assert stock.count(" x ") == 5


def test_only_what_is_between_the_marks_changes(results: Any, tmp_path: Path) -> None:
    readme, figures = tmp_path / "README.md", tmp_path / "results.json"
    figures.write_text(json.dumps(results))
    readme.write_text(f"before\n{BEGIN}old\n{END}after\n")
    update(readme, figures)
    assert readme.read_text() == f"before\n{BEGIN}{table(results)}{END}after\n"


def test_a_readme_without_marks_is_left_alone(tmp_path: Path, results: Any) -> None:
    readme, figures = tmp_path / "README.md", tmp_path / "results.json"
    figures.write_text(json.dumps(results))
    readme.write_text("nothing\n")
    with pytest.raises(ValueError, match="has not both"):
        update(readme, figures)
    assert readme.read_text() == "nothing\n"
