"""docs/security.md names tests, settings, parameters and codes that there are."""

import re
from pathlib import Path

from handler.settings import Settings
from ingest import errors
from ingest.settings import IngestSettings

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/security.md").read_text()


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:tests|infra|benchmarks)/[\w/.]+)`", PAGE))
    missing = {path for path in named if not (ROOT / path).exists()}
    assert len(named) > 15
    assert missing == set()


def test_every_setting_and_parameter_is_there() -> None:
    ours = {f"HANDLER_{name.upper()}" for name in Settings.model_fields}
    ours |= {f"INGEST_{name.upper()}" for name in IngestSettings.model_fields}
    named = set(re.findall(r"`((?:HANDLER|INGEST)_\w+)`", PAGE))
    assert named
    assert named <= ours
    template = (ROOT / "infra/template.yaml").read_text()
    for parameter in ("ApiConcurrency", "AlarmEmail", "ApiRole", "IngestRole"):
        assert parameter in PAGE
        assert f"\n  {parameter}:\n" in template


def test_every_verdict_and_target_is_there() -> None:
    for code in ("DecodingFailed", "TooSlow", "TooLarge", "NotARaster", "KeyMismatch"):
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", code).lower()
        assert f"`{name}`" in PAGE
        assert issubclass(getattr(errors, code), errors.Rejection)
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`make ([\w-]+)`", PAGE)):
        assert f"\n{target}:" in makefile
