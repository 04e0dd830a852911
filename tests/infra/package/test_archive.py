import sys
import zipfile
from pathlib import Path

import pytest

from infra.errors import PackageUnfit
from infra.package.archive import MIB, Archive, check_imports, put_in_order
from infra.package.target import Target


def archive_of(path: Path, sizes: dict[str, int], compressed: bool = True) -> Archive:
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, size in sizes.items():
            archive.writestr(name, bytes(size))
    return Archive.read(path)


def test_sizes_are_those_of_the_entries(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "a.zip", {"large.so": 3 * MIB, "small.py": 10})
    assert archive.unzipped == 3 * MIB + 10
    assert archive.zipped == (tmp_path / "a.zip").stat().st_size
    assert archive.largest(1) == [("large.so", 3 * MIB)]


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    entries = {"b/c.py": b"c", "a.py": b"a", "b/__init__.py": b""}
    zips = []
    for year, names in ((1999, list(entries)), (2020, sorted(entries))):
        path = tmp_path / f"{year}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                entry = zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0))
                entry.external_attr = 0o755 << 16
                archive.writestr(entry, entries[name])
        put_in_order(path)
        zips.append(path)
    assert zips[0].read_bytes() == zips[1].read_bytes()
    with zipfile.ZipFile(zips[0]) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == entries
        assert {each.external_attr >> 16 for each in archive.infolist()} == {0o755}
    assert sorted(tmp_path.iterdir()) == zips


def test_a_package_too_large_for_lambda_names_its_ten_largest_entries(tmp_path: Path) -> None:
    sizes = {f"{number:02}.so": number * MIB for number in range(9, 24)}
    archive = archive_of(tmp_path / "a.zip", sizes)
    archive.check_size("arm64")
    with pytest.raises(PackageUnfit, match="240 MiB unzipped") as error:
        archive.check_size("x86_64")
    lines = str(error.value).splitlines()[1:]
    assert [line.split()[-1] for line in lines] == [f"{number}.so" for number in range(23, 13, -1)]


def test_the_zip_has_its_own_limit(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "a.zip", {"a": 80 * MIB}, compressed=False)
    with pytest.raises(PackageUnfit, match="80 MiB zipped"):
        archive.check_size("x86_64")


def test_a_package_that_lacks_something_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("infra/__init__.py", "")
        archive.writestr("infra/functions/__init__.py", "")
        archive.writestr("infra/functions/api.py", "import sqlalchemy")  # installed here, not there
    target = Target("python{}.{}".format(*sys.version_info), "x86_64")
    with pytest.raises(PackageUnfit, match=r"infra\.functions\.api.*No module named 'sqlalchemy'"):
        check_imports(tmp_path / "a.zip", target)


def test_a_package_for_another_machine_is_not_tried(tmp_path: Path) -> None:
    assert not check_imports(tmp_path / "missing.zip", Target("python3.12", "arm64"))
