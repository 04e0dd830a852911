"""`python -m infra package`: what `zappa deploy` would upload, built, measured and tried."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.errors import PackageFailed
from infra.package.archive import MIB, Archive, check_imports
from infra.package.interpreters import lacking
from infra.package.site_packages import LICENSES
from infra.package.target import Target
from infra.stages import ROOT, Stage


@dataclass(frozen=True)
class Built:
    """A package that passed its checks; `imported` says whether it could be tried here."""

    archive: Archive
    target: Target
    imported: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "path": str(self.archive.path),
            "runtime": self.target.runtime,
            "architecture": self.target.architecture,
            "zipped": self.archive.zipped,
            "unzipped": self.archive.unzipped,
            "imported": self.imported,
            "licences": LICENSES,
        }

    def __str__(self) -> str:
        untried = f"not tried: no {lacking(self.target)} here"
        tried = "both functions import" if self.imported else untried
        return (
            f"{self.archive.path}: {self.archive.zipped / MIB:.1f} MiB zipped, "
            f"{self.archive.unzipped / MIB:.1f} MiB unzipped; {tried}; "
            f"licences are listed in its {LICENSES}"
        )


def build_package(
    stage: Stage, output: Path, runtime: str | None = None, architecture: str | None = None
) -> Built:
    """A stage's package under `output`, for its own target or another.

    Raises PackageFailed with Zappa's last words, or PackageUnfit.
    """
    target = Target(runtime or stage.runtime, architecture or stage.architecture)
    output.mkdir(parents=True, exist_ok=True)
    path = path_of(stage, target, output)
    path.unlink(missing_ok=True)  # Zappa would add to it
    settings = {"runtime": target.runtime, "architecture": target.architecture}
    run_zappa(stage, path, settings_for(stage, settings, output))
    archive = Archive.read(path)
    archive.check_size(target.architecture)
    return Built(archive, target, check_imports(path, target))


def package_path(stage: Stage, output: Path) -> Path:
    """Where a stage's own package is, once it is built."""
    return path_of(stage, Target(stage.runtime, stage.architecture), output)


def path_of(stage: Stage, target: Target, output: Path) -> Path:
    return (output / f"{stage.function}-{target}.zip").resolve()


def settings_for(stage: Stage, changes: Mapping[str, str], folder: Path) -> Path:
    """A settings file with this stage alone, changed."""
    path = folder / f"zappa_settings.{stage.name}.json"
    settings = {**stage.settings, **changes}
    settings.pop("extends", None)
    path.write_text(json.dumps({stage.name: settings}, indent=4))
    return path.resolve()


def run_zappa(stage: Stage, path: Path, settings: Path) -> None:
    command = [sys.executable, "-m", "zappa.cli", "package", stage.name, "--settings_file"]
    options = ["--output", str(path), "--disable_progress", "--json"]  # JSON: it asks PyPI nothing
    done = subprocess.run(
        [*command, str(settings), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    settings.unlink()
    if done.returncode:
        raise PackageFailed(f"zappa package failed: {done.stderr.strip() or done.stdout.strip()}")
