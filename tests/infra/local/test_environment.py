"""The environment of the functions."""

import os
from pathlib import Path

import pytest

from infra.local.environment import forget_accounts, function_environment
from infra.local.zappa_stage import ZappaStage

STAGE = ZappaStage("f", {"HANDLER_A": "deployed", "HANDLER_B": "deployed"}, "")


@pytest.fixture
def environment(aws, buckets, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    monkeypatch.setenv("TC_DRIVER_PATH", "/home/somebody/terracotta.sqlite")
    monkeypatch.setenv("HANDLER_B", "shell")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    return function_environment(aws, buckets, Path("/modules"), STAGE, {"TC_SQL_USER": "reader"})


def test_nobodys_account_or_database_leaks_in(environment):
    assert "AWS_PROFILE" not in environment
    assert "TC_DRIVER_PATH" not in environment
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"


def test_the_function_finds_its_parts(environment, aws, buckets):
    assert environment["AWS_ENDPOINT_URL"] == aws.endpoint_url
    assert environment["INGEST_PUBLISHED_BUCKET"] == buckets.published
    assert environment["INGEST_QUEUE_URL"] == buckets.queue_url
    assert environment["TC_SQL_USER"] == "reader"
    assert environment["PYTHONPATH"] == "/modules:/somewhere"


def test_the_shell_has_the_last_word_on_settings(environment):
    assert (environment["HANDLER_A"], environment["HANDLER_B"]) == ("deployed", "shell")


def test_loopback_goes_round_any_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "intranet")
    monkeypatch.setenv("no_proxy", "")
    forget_accounts()
    assert (os.environ["NO_PROXY"], os.environ["no_proxy"]) == ("127.0.0.1,intranet", "127.0.0.1")
