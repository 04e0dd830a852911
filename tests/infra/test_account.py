import pytest

from infra.account import Account
from infra.errors import AwsUnavailable
from infra.outputs import read_outputs


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither files nor the machine's own metadata name an account (see forget_accounts)."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_a_profile_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nonsense")
    with pytest.raises(AwsUnavailable, match=r"nonsense.*AWS_PROFILE"):
        Account()


def test_without_a_region_the_variable_is_named() -> None:
    with pytest.raises(AwsUnavailable, match="AWS_DEFAULT_REGION"):
        Account().client("cloudformation")
    with pytest.raises(AwsUnavailable, match="AWS_DEFAULT_REGION"):
        assert Account().region


def test_without_credentials_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with pytest.raises(AwsUnavailable, match="without credentials: set AWS_PROFILE"):
        read_outputs(Account().client("cloudformation"), "any")
