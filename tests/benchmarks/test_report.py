import json
from pathlib import Path
from typing import Any

from benchmarks.report import Measured, machine, write


def section(figure: int) -> Measured:
    return {
        "day": "2026-11-24",
        "run": {"seconds": 90.0, "load_before": 0.1, "load_after": 1.0},
        "versions": {"numpy": "2.4"},
        "quick": False,
        "run_up": 3,
        "raster": "a.tif",
        "figures": [{"ms": figure}],
        "tables": [{"title": "Times", "header": ["peer", "ms"], "rows": [["ours", str(figure)]]}],
        "goals": [
            {"text": "time", "measured": figure, "bound": 5, "at_least": False, "verdict": ""}
        ],
    }


def results(folder: Path) -> Any:
    return json.loads((folder / "results.json").read_text())


def test_a_section_measured_alone_leaves_the_others(tmp_path: Path) -> None:
    write(tmp_path, {"speed": section(1), "growth": section(2)})
    document = write(tmp_path, {"growth": section(7)})
    figures = {name: found["figures"] for name, found in results(tmp_path)["sections"].items()}
    assert figures == {"speed": [{"ms": 1}], "growth": [{"ms": 7}]}
    assert document == (tmp_path / "results.md").read_text()
    assert [line.split(" | ")[-1].strip(" |") for line in document.splitlines()[-2:]] == [
        "reached",
        "missed",
    ]


def test_what_another_machine_measured_is_not_kept(tmp_path: Path) -> None:
    other = {"machine": machine() | {"cpu": "another"}, "sections": {"speed": section(1)}}
    (tmp_path / "results.json").write_text(json.dumps(other))
    write(tmp_path, {"growth": section(2)})
    assert list(results(tmp_path)["sections"]) == ["growth"]
