"""The stages of zappa_settings.json: two functions an installation, and the stack they share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.errors import UnknownStage

ROOT = Path(__file__).parents[1]
SETTINGS = ROOT / "zappa_settings.json"
INGEST = "_ingest"


@dataclass(frozen=True)
class Stage:
    """One stage: the tile API's, `production`, or ingestion's, `production_ingest`."""

    name: str
    settings: Mapping[str, Any] = field(repr=False)

    @property
    def is_ingestion(self) -> bool:
        return self.name.endswith(INGEST)

    @property
    def installation(self) -> str:
        """The name that both stages of an installation share: that of its tile API's stage."""
        return self.name.removesuffix(INGEST)

    @property
    def function(self) -> str:
        """Name of the Lambda function, as Zappa derives it."""
        return f"{self.settings['project_name']}-{self.name}".replace("_", "-")

    @property
    def stack(self) -> str:
        """Name of the CloudFormation stack that has all but the functions."""
        return f"{self.settings['project_name']}-{self.installation}-base"

    @property
    def runtime(self) -> str:
        return str(self.settings["runtime"])

    @property
    def architecture(self) -> str:
        return str(self.settings.get("architecture", "x86_64"))


def load_stages(path: Path = SETTINGS) -> dict[str, Stage]:
    """All stages by name, in the file's order, `extends` resolved as Zappa does: shallowly."""
    stages = json.loads(path.read_text())
    return {name: Stage(name, resolved(stages, name)) for name in stages}


def resolved(stages: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A stage's own settings over those of the stage that it extends."""
    own = stages[name]
    base = resolved(stages, own["extends"]) if "extends" in own else {}
    return {**base, **own}


def pair(stages: Mapping[str, Stage], installation: str) -> tuple[Stage, Stage]:
    """An installation's stages, of the tile API and of ingestion. Raises UnknownStage."""
    try:
        return stages[installation], stages[installation + INGEST]
    except KeyError as error:
        known = [name for name in stages if name + INGEST in stages]
        raise UnknownStage(
            f"there is no installation {installation!r} in zappa_settings.json: "
            f"choose {' or '.join(known)}"
        ) from error
