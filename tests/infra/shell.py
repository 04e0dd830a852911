"""An operator's shell."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.environment import extended
from infra.stages import ROOT
from tests.infra.conftest import Cloud

PROGRAMS = (str(Path(sys.executable).parent), str(Path(__file__).parent / "bin"))
DEAD_END = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Operator:
    """A shell with credentials for moto, in which nothing but loopback can be reached."""

    cloud: Cloud
    cache: Path
    changes: Mapping[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)

    def run(self, command: str, *more: str) -> subprocess.CompletedProcess[str]:
        """A command as docs/deploy.md has it; `more` is what only a test would add to it."""
        self.ran.append(command)
        return subprocess.run(
            ["bash", "-euc", " ".join([command, *more])],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **ours,
            **self.cloud.environment(),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "PATH": os.pathsep.join([*PROGRAMS, os.environ["PATH"]]),
            "PYTHONPATH": extended("PYTHONPATH", str(ROOT), os.pathsep),
            "PACKAGE_CACHE": str(self.cache),
            "HTTPS_PROXY": DEAD_END,
            "HTTP_PROXY": DEAD_END,
            "NO_PROXY": "127.0.0.1",
            **self.changes,
        }

    def __call__(self, command: str, *more: str) -> str:
        """What the command prints; it must succeed."""
        done = self.run(command, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def together(self, *commands: str) -> str:
        """What commands of one shell print; all must succeed."""
        self.ran.extend(commands)
        return self("\n".join(commands))
