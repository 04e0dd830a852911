"""Building the site-packages that Zappa zips.

Reproducible: the same requirements give the same files. Modules are compiled ahead, as Lambda could
not keep what it compiles and would do it at each cold start; of third-party modules only the
compiled file is kept, of ours the source too, for tracebacks.
"""

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from infra import certificates
from infra.environment import CERTIFICATES
from infra.package.elf import strip_all
from infra.package.index import Index
from infra.package.interpreters import interpreter
from infra.package.pruning import prune
from infra.package.target import Target
from infra.stages import ROOT

REQUIREMENTS = ROOT / "requirements.txt"
OWN_CERTIFICATES = ROOT / "infra" / "rds-ca.pem"  # an operator's newer ones, if any
OURS = ("categorical", "handler", "ingest", "infra")
# Of infra only what `infra.functions` imports; test_package compares.
INFRA = (
    *("__init__.py", "credentials.py", "database.py", "errors.py", "secrets_manager.py"),
    *("indexes.py", "setup.py", "functions"),
)
LICENSES = "LICENSES.txt"
UNSAID = {"XStatic-Leaflet": "BSD-2-Clause"}  # its metadata say "(same as Leaflet)"


@dataclass(frozen=True)
class Environment:
    """A virtual environment as Zappa looks at it, for a target."""

    folder: Path
    target: Target

    @property
    def site_packages(self) -> Path:
        """Where Zappa, which goes by the Python that runs it, looks for them."""
        running = "python{}.{}".format(*sys.version_info)
        return self.folder / "lib" / running / "site-packages"


def build(target: Target, cache: Path, index: Index) -> Environment:
    """The environment for a target, up to date; third-party parts are kept in `cache`.

    Only what is not there yet comes from the index. Raises PackageFailed or CertificatesChanged.
    """
    third_party = cache / f"{target}-{fingerprint(target)}"
    if not third_party.exists():
        partial = cache / f"partial-{target}"
        shutil.rmtree(partial, ignore_errors=True)
        build_third_party(target, partial, index)
        for older in cache.glob(f"{target}-*"):
            shutil.rmtree(older)
        partial.rename(third_party)
    environment = Environment(cache / f"environment-{target}", target)
    shutil.rmtree(environment.folder, ignore_errors=True)
    site_packages = environment.site_packages
    shutil.copytree(third_party, site_packages, copy_function=os.link)
    copy_ours(site_packages)
    compile_ours(site_packages, target)
    return environment


def fingerprint(target: Target) -> str:
    """Changes whenever the third-party part would be another."""
    recipe = sorted(Path(__file__).parent.glob("*.py"))
    parts = [path.read_text() for path in (REQUIREMENTS, *recipe)]
    parts += [own_bundle() or certificates.SHA256, str(interpreter(target.version) is not None)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def own_bundle() -> str:
    """The operator's own authorities of RDS; empty if there are none."""
    return OWN_CERTIFICATES.read_text() if OWN_CERTIFICATES.exists() else ""


def build_third_party(target: Target, folder: Path, index: Index) -> None:
    requirements = target.requirements(REQUIREMENTS.read_text().splitlines())
    index.install(requirements, target, folder)
    (folder / LICENSES).write_text(licenses(folder))
    prune(folder)
    strip_all(folder)
    (folder / CERTIFICATES).write_text(certificates.trusted(own_bundle() or index.authorities()))
    compile_third_party(folder, target)


def licenses(site_packages: Path) -> str:
    """A line for each distribution: name, version, licence; its full text lies in its dist-info."""
    found = importlib.metadata.distributions(path=[str(site_packages)])
    return "".join(sorted(f"{each.name} {each.version}: {license_of(each)}\n" for each in found))


def license_of(distribution: importlib.metadata.Distribution) -> str:
    told = distribution.metadata
    if distribution.name in UNSAID:
        return UNSAID[distribution.name]
    classifiers = [
        each.rpartition(" :: ")[2]
        for each in told.get_all("Classifier", [])
        if each.startswith("License :: ") and not each.endswith("OSI Approved")
    ]
    written = [*told.get_all("License-Expression", []), " or ".join(classifiers)]
    written += told.get_all("License", [])
    return next((text.strip().splitlines()[0] for text in written if text.strip()), "see its files")


def copy_ours(site_packages: Path) -> None:
    """Our packages as they stand in the clone, without what runs at the operator's only."""
    for name in OURS:
        shutil.copytree(ROOT / name, site_packages / name, ignore=left_out)


def left_out(folder: str, names: list[str]) -> set[str]:
    if Path(folder) == ROOT / "infra":
        return {name for name in names if name not in INFRA}
    return {name for name in names if name == "__pycache__"}


def compile_third_party(folder: Path, target: Target) -> None:
    """Compile each module beside its source, and keep the compiled one.

    A package keeps its `__init__.py` too: Zappa adds an empty one where it sees none, and that
    would come before the compiled one.
    """
    if not compile_all(folder, target, "-b"):
        return
    for compiled in list(folder.rglob("*.pyc")):
        if compiled.stem == "__init__":
            cached = compiled.parent / "__pycache__" / f"__init__.{target.cache_tag}.pyc"
            cached.parent.mkdir(exist_ok=True)
            compiled.rename(cached)
        else:
            compiled.with_suffix(".py").unlink()


def compile_ours(site_packages: Path, target: Target) -> None:
    for name in OURS:
        compile_all(site_packages / name, target)


def compile_all(folder: Path, target: Target, *options: str) -> bool:
    """Compile for the target's Python, if this machine has one; whether it has.

    The compiled files name no folder of this machine and are never compared with their source.
    """
    python = interpreter(target.version)
    if python is None:
        return False
    command = [python, "-I", "-m", "compileall", "-q", "--invalidation-mode=unchecked-hash"]
    prefix = ["-s", str(folder.parent if options == () else folder), "-p", "/var/task"]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run(
        [*command, *options, *prefix, str(folder)],
        env=environment,
        capture_output=True,
        check=False,  # some packages carry files for other Pythons
    )
    return True
