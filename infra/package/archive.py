"""The zip that Lambda gets: its size, what is in it, whether it runs by itself."""

import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from infra.errors import PackageUnfit
from infra.package.interpreters import interpreter, lacking
from infra.package.target import LAMBDA_HAS, Target

MIB = 2**20
UNZIPPED = {"x86_64": 190, "arm64": 240}  # MiB; Lambda refuses more than 250
ZIPPED = 75
IMPORTS = ("infra.functions.api", "infra.functions.ingestion", "infra.setup")


def put_in_order(path: Path) -> None:
    """Write a zip file anew, its entries by name and of one date.

    So the same files give the same bytes; Zappa's are in the order and of the date of its walk.
    """
    ordered = path.with_suffix(".ordered")
    with zipfile.ZipFile(path) as found, zipfile.ZipFile(ordered, "w") as written:
        for name in sorted(found.namelist()):
            entry = zipfile.ZipInfo(name)  # of 1980, where zip files begin
            entry.create_system, entry.external_attr = 3, found.getinfo(name).external_attr
            written.writestr(entry, found.read(name), zipfile.ZIP_DEFLATED)
    ordered.replace(path)


@dataclass(frozen=True)
class Archive:
    """A zip file: bytes of the whole, and of each entry once unzipped."""

    path: Path
    zipped: int
    entries: dict[str, int]

    @classmethod
    def read(cls, path: Path) -> "Archive":
        with zipfile.ZipFile(path) as archive:
            entries = {each.filename: each.file_size for each in archive.infolist()}
        return cls(path, path.stat().st_size, entries)

    @property
    def unzipped(self) -> int:
        return sum(self.entries.values())

    def largest(self, count: int = 10) -> list[tuple[str, int]]:
        """The largest entries, largest first."""
        return sorted(self.entries.items(), key=lambda entry: -entry[1])[:count]

    def check_size(self, architecture: str) -> None:
        """Raises PackageUnfit, with the largest entries, where Lambda's limit is near."""
        unzipped, zipped = self.unzipped / MIB, self.zipped / MIB
        limit = UNZIPPED[architecture]
        if unzipped <= limit and zipped <= ZIPPED:
            return
        largest = "".join(f"\n  {size / MIB:6.1f} MiB  {name}" for name, size in self.largest())
        raise PackageUnfit(
            f"{self.path.name} has {unzipped:.0f} MiB unzipped and {zipped:.0f} MiB zipped, more "
            f"than {limit} and {ZIPPED}; its largest entries:{largest}"
        )


def check_imports(path: Path, target: Target) -> bool:
    """Import both functions from the zip, with nothing else but what Lambda has.

    False where this machine has no such Python or processor. Raises PackageUnfit with the error.
    """
    python = interpreter(target.version)
    if python is None or lacking(target):
        return False
    with tempfile.TemporaryDirectory() as folder:
        task, runtime = Path(folder, "task"), Path(folder, "runtime")
        with zipfile.ZipFile(path) as archive:
            archive.extractall(task)
        runtime.mkdir()
        for name in LAMBDA_HAS:
            (runtime / name).symlink_to(package_folder(name))
        for module in IMPORTS:
            import_alone(python, module, [task, runtime])
    return True


def import_alone(python: str, module: str, folders: list[Path]) -> None:
    program = f"import sys; sys.path[:0] = {list(map(str, folders))}; import {module}"
    environment = {"INSTANTIATE_LAMBDA_HANDLER_ON_IMPORT": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [python, "-I", "-S", "-B", "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise PackageUnfit(f"{module} cannot be imported from the package: {' '.join(last)}")


def package_folder(name: str) -> Path:
    """Where this Python has a package."""
    spec = find_spec(name)
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])
