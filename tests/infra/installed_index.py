"""An index without a network: what is installed here, as pip would have installed it."""

import importlib.metadata
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.package.target import Target
from tests.infra.tls import make_authority


@dataclass(frozen=True)
class InstalledIndex:
    """Copies distributions of the running Python; only those named, if any are."""

    only: frozenset[str] = frozenset()

    def install(self, requirements: Sequence[str], target: Target, folder: Path) -> None:
        folder.mkdir(parents=True)
        for requirement in requirements:
            name, _, version = requirement.partition("==")
            if not self.only or name in self.only:
                distribution = importlib.metadata.distribution(name)
                assert distribution.version == version
                copy(distribution, folder)

    def authorities(self) -> str:
        with tempfile.TemporaryDirectory() as folder:
            name = "Amazon RDS eu-central-1 Root CA RSA2048 G1"
            return make_authority(Path(folder), name).read_text()


def copy(distribution: importlib.metadata.Distribution, folder: Path) -> None:
    for file in distribution.files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(distribution.locate_file(file), path)
