import filecmp
import subprocess
import sys
from pathlib import Path

import pytest

from infra import certificates
from infra.package import site_packages
from infra.package.site_packages import Environment, build
from infra.package.target import Target
from infra.stages import ROOT
from tests.infra.installed_index import InstalledIndex

RUNNING = Target("python{}.{}".format(*sys.version_info), "x86_64")
SMALL = InstalledIndex(frozenset(("flask", "werkzeug", "markupsafe", "isal", "palettable")))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A few distributions, and ours, for the running Python."""
    return build(RUNNING, tmp_path_factory.mktemp("cache"), SMALL)


def names(environment: Environment) -> set[str]:
    folder = environment.site_packages
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_tests_sources_of_extensions_and_the_operators_tools_stay_out(
    environment: Environment,
) -> None:
    for name in names(environment):
        parts = Path(name).parts
        assert not {"tests", "test", "local", "build"} & set(parts)
        assert not name.endswith((".pyx", ".pxd", ".c", ".h", ".pyi"))
    assert "infra/template.yaml" not in names(environment)
    assert "infra/zappa_callbacks.py" not in names(environment)


def test_of_infra_there_is_exactly_what_the_functions_import(environment: Environment) -> None:
    program = (
        "import sys, infra.functions.api, infra.functions.ingestion, infra.setup\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] == 'infra'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    folder = environment.site_packages
    present = {
        ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        for path in folder.glob("infra/**/*.py")
    }
    assert present == set(done.stdout.splitlines()[-1].split())


def test_third_party_modules_are_compiled_and_ours_keep_their_source(
    environment: Environment,
) -> None:
    folder = environment.site_packages
    assert (folder / "flask" / "app.pyc").exists()
    assert not (folder / "flask" / "app.py").exists()
    # Zappa would put an empty one in place of a missing one
    assert (folder / "flask" / "__init__.py").exists()
    assert (folder / "flask" / "__pycache__" / f"__init__.{RUNNING.cache_tag}.pyc").exists()
    assert (folder / "handler" / "app.py").exists()
    assert (folder / "handler" / "__pycache__" / f"app.{RUNNING.cache_tag}.pyc").exists()


def test_compiled_modules_say_where_they_are_in_lambda(environment: Environment) -> None:
    folder = environment.site_packages
    ours = folder / "handler" / "__pycache__" / f"app.{RUNNING.cache_tag}.pyc"
    assert b"/var/task/handler/app.py" in ours.read_bytes()
    assert b"/var/task/flask/app.py" in (folder / "flask" / "app.pyc").read_bytes()


def test_two_builds_have_the_same_contents(tmp_path: Path) -> None:
    once, again = (build(RUNNING, tmp_path / name, SMALL) for name in ("once", "again"))
    assert names(once) == names(again)
    _, different, errors = filecmp.cmpfiles(
        once.site_packages, again.site_packages, names(once), shallow=False
    )
    assert set(different) <= {site_packages.CERTIFICATES}  # made anew by the index of the tests
    assert not errors


def test_licences_are_listed(environment: Environment) -> None:
    listed = (environment.site_packages / site_packages.LICENSES).read_text().splitlines()
    assert any(line.startswith("isal ") and line.endswith(": PSF-2.0") for line in listed)
    assert len(listed) == len(SMALL.only)


def test_the_database_of_the_region_is_trusted_and_the_proxy(environment: Environment) -> None:
    bundle = (environment.site_packages / site_packages.CERTIFICATES).read_text()
    assert certificates.regions(bundle) == {"eu-central-1"}
    names = [certificates.decoded(each) for each in certificates.PEM.findall(bundle)]
    assert any(b"Amazon Root CA 1" in each for each in names)


def test_what_is_in_the_cache_needs_no_index(tmp_path: Path) -> None:
    class NoIndex:
        def install(self, *_: object) -> None:
            raise AssertionError("asked for third-party parts")

        def authorities(self) -> str:
            raise AssertionError("asked for certificates")

    build(RUNNING, tmp_path, SMALL)
    assert build(RUNNING, tmp_path, NoIndex()).site_packages.exists()
