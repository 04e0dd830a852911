"""The whole package, built once for all tests, and the emulator that runs it."""

import zipfile
from pathlib import Path

import pytest

from infra.package.build import Built, build_package
from infra.package.emulator import Emulator
from infra.package.site_packages import build
from infra.package.target import Target
from infra.stages import load_stages
from infra.zappa_callbacks import CACHE
from tests.infra.installed_index import InstalledIndex

RUNNING = Target.of_this_machine()


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What `zappa package` makes of the wheels that are installed here, for the running Python."""
    cache = tmp_path_factory.mktemp("whole")
    build(RUNNING, cache, InstalledIndex())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PACKAGE_CACHE", str(cache))
        stage = load_stages()["production"]
        return build_package(stage, cache / "dist", RUNNING.runtime, RUNNING.architecture)


@pytest.fixture(scope="session")
def task(package: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it lies unzipped in Lambda."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(package.archive.path) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def emulator() -> Emulator:
    """AWS's own, kept outside of git; it comes from the package index."""
    return Emulator.prepare(RUNNING, CACHE)
