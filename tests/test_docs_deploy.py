"""What docs/deploy.md reckons and names is right.

tests/infra/test_deployment.py runs its commands.
"""

import re
from pathlib import Path

import cfn_flip
import pytest

from infra.stack import TEMPLATE
from infra.stages import load_stages

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
NUMBER = r"\d+(?:\.\d+)?"
TIMES = "\N{MULTIPLICATION SIGN}"
SUMS = re.findall(rf"((?:{NUMBER} [{TIMES}/+] )+{NUMBER}) = ({NUMBER})", TEXT)


@pytest.mark.parametrize(("terms", "result"), SUMS)
def test_each_sum_is_right(terms: str, result: str) -> None:
    assert eval(terms.replace(TIMES, "*")) == pytest.approx(float(result), abs=0.006)


def test_there_are_sums() -> None:
    assert len(SUMS) == TEXT.count(" = ")


def parameters() -> dict[str, dict[str, object]]:
    return dict(cfn_flip.load(TEMPLATE.read_text())[0]["Parameters"])


def test_each_parameter_that_the_page_sets_is_one() -> None:
    named = set(re.findall(r"\b([A-Z][a-z]\w+)=[\w.:/@-]+", TEXT))
    assert named - {"Name"} <= set(parameters())
    assert len(named) > 8


def test_each_alarm_is_explained() -> None:
    resources = cfn_flip.load(TEMPLATE.read_text())[0]["Resources"]
    alarms = {name for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    rows = re.findall(r"^\| ([A-Z]\w+(?:, [A-Z]\w+)*) \|", TEXT, re.M)
    explained = {name for row in rows for name in row.split(", ")}
    assert alarms <= explained


def test_the_costs_are_those_of_the_settings() -> None:
    stages = load_stages()
    api, ingest = (stages[name].settings for name in ("production", "production_ingest"))
    assert f"{api['memory_size']} / 1024" in TEXT
    assert f"{ingest['memory_size']} / 1024" in TEXT


def test_the_readme_has_the_same_first_steps() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^## Deploy\n.+?^```sh\n(.+?)^```$", readme, re.M | re.S)
    commands = [line.partition("  #")[0].rstrip() for line in block.splitlines()]
    page = [line for each in blocks() for line in each.splitlines()]
    assert len(commands) == 7
    for command in commands:
        assert any(line.startswith(command) for line in page)
    assert "about 32 US dollars" in readme
    assert "= 31.50" in TEXT


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.+?)^```$", TEXT, re.M | re.S)


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, re.M)
    anchors = {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        path, _, anchor = target.partition("#")
        if path.startswith("https://"):
            continue
        if path:
            assert (ROOT / "docs" / path).exists()
        else:
            assert anchor in anchors
