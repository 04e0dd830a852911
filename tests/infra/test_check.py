import sys
import zipfile
from pathlib import Path

import pytest

from infra.account import Account
from infra.check import Check, known_settings
from infra.commands.options import report
from infra.connections import most_connections
from infra.environment import CERTIFICATES
from infra.findings import Finding
from infra.stages import Stage, load_stages
from tests.infra.conftest import REGION, Cloud, account_of, deploy
from tests.infra.tls import make_authority

STAGES = load_stages()
PAIR = (STAGES["production"], STAGES["production_ingest"])


@pytest.fixture
def account(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Account:
    return account_of(cloud, monkeypatch)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that trusts databases of the region."""
    authority = make_authority(tmp_path, f"Amazon RDS {REGION} Root CA RSA2048 G1")
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
        archive.write(authority, CERTIFICATES)
    return tmp_path / "package.zip"


def by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {each.subject: each for each in findings}


def test_without_a_stack_the_rest_is_still_checked(account: Account, package: Path) -> None:
    found = by_subject(Check(account, PAIR, package).findings())
    assert found["credentials"].state == "ok"
    assert REGION in found["credentials"].text
    assert found["settings"].state == "ok"
    assert found["package"].state == "ok"
    assert found["stack"].state == "failed"
    assert "python -m infra stack" in found["stack"].text


def test_what_lacks_for_one_reason_says_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    findings = [Finding("stack", "failed", "no stack"), Finding("queue", "failed", "no stack")]
    with pytest.raises(SystemExit):
        report(findings, as_json=False)
    assert [line.split(None, 2)[2] for line in capsys.readouterr().out.splitlines()[1:]] == [
        "no stack",
        "as above",
    ]
    with pytest.raises(SystemExit):
        report(findings, as_json=True)
    assert capsys.readouterr().out.count("no stack") == 2


def test_an_installation_that_is_ready_has_no_failure(
    account: Account, cloud: Cloud, package: Path
) -> None:
    deploy(cloud, PAIR[0].stack, ApiConcurrency="50")
    found = Check(account, PAIR, package).findings()
    assert {each.subject: each.text for each in found if each.state == "failed"} == {}
    assert "six times" in by_subject(found)["queue"].text


@pytest.mark.parametrize(
    ("subject", "parameters", "advice"),
    [
        ("connections", {"MaxCapacity": "1"}, "ApiConcurrency"),
        ("concurrency", {"ApiConcurrency": "950"}, "ApiConcurrency=0"),
    ],
)
def test_what_the_account_or_the_database_cannot_bear_is_refused(
    account: Account,
    cloud: Cloud,
    package: Path,
    subject: str,
    parameters: dict[str, str],
    advice: str,
) -> None:
    stage = Stage(f"t{subject}", PAIR[0].settings)
    deploy(cloud, stage.stack, Stage=stage.name, **parameters)
    found = by_subject(Check(account, (stage, PAIR[1]), package).findings())[subject]
    assert found.state == "failed"
    assert advice in found.text


def test_a_timeout_longer_than_the_queue_waits_is_refused(
    account: Account, cloud: Cloud, package: Path
) -> None:
    stage = Stage("tqueue", PAIR[0].settings)
    deploy(cloud, stage.stack, Stage=stage.name)
    slow = Stage("tqueue_ingest", {**PAIR[1].settings, "timeout_seconds": 901})
    found = by_subject(Check(account, (stage, slow), package).findings())["queue"]
    assert found.state == "failed"
    assert "901 s" in found.text


def test_settings_that_zappa_would_ignore_are_named(account: Account, package: Path) -> None:
    wrong = Stage("production", {**PAIR[0].settings, "memory": 512, "time_out": 3})
    found = by_subject(Check(account, (wrong, PAIR[1]), package).findings())["settings"]
    assert found.state == "failed"
    assert "memory, time_out" in found.text


def test_a_package_that_is_not_built_is_a_warning(account: Account, tmp_path: Path) -> None:
    found = by_subject(Check(account, PAIR, tmp_path / "missing.zip").findings())
    assert found["package"].state == found["certificates"].state == "warning"
    assert "make package" in found["package"].text


def test_a_package_without_the_regions_authority_is_refused(
    account: Account, tmp_path: Path
) -> None:
    authority = make_authority(tmp_path, "Amazon RDS sa-east-1 Root CA RSA2048 G1")
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
        archive.write(authority, CERTIFICATES)
    found = by_subject(Check(account, PAIR, tmp_path / "package.zip").findings())["certificates"]
    assert found.state == "failed"
    assert "infra/rds-ca.pem" in found.text


def test_credentials_that_aws_refuses_are_no_traceback(
    account: Account, cloud: Cloud, package: Path
) -> None:
    with cloud.permissions_enforced():  # the operator is no user of the account then
        found = by_subject(Check(account, PAIR, package).findings())
    assert found["credentials"].state == "failed"
    assert found["stack"].state == "failed"


@pytest.mark.parametrize(
    ("size", "expected"),
    [("1", 187), ("8", 1496), ("64", 2000), ("db.t4g.micro", 93), ("db.r6g.8xlarge", 5000)],
)
def test_connections_follow_from_the_databases_memory(
    cloud: Cloud, size: str, expected: int
) -> None:
    assert most_connections(cloud.client("ec2"), size) == expected


def test_the_settings_that_zappa_reads_are_those_in_its_code() -> None:
    known = known_settings()
    assert {"memory_size", "callbacks", "exclude_glob", "payload_compression", "touch"} <= known
    assert "zappa.cli" in sys.modules
