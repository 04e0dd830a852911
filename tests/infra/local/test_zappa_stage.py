"""Stages of zappa_settings.json, as Zappa reads them."""

import pytest

from infra.local.zappa_stage import load_stage


@pytest.mark.parametrize("stage", ["production", "dev"])
def test_the_api_is_what_zappa_serves(stage, capsys):
    loaded = load_stage(stage, "local")
    settings = {}
    exec(loaded.module, settings)
    assert loaded.handler == "infra.functions.api.lambda_handler"
    assert (settings["APP_MODULE"], settings["APP_FUNCTION"]) == ("handler.app", "app")
    assert settings["BASE_PATH"] == "local"
    assert settings["DEBUG"] is False  # or tracebacks go out with errors
    assert settings["BINARY_SUPPORT"] is True
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("stage", ["production_ingest", "dev_ingest"])
def test_ingestion_has_a_handler_of_its_own(stage):
    assert load_stage(stage, "local").handler == "infra.functions.ingestion.lambda_handler"


def test_both_functions_get_their_environment():
    for stage in ("production", "production_ingest"):
        assert load_stage(stage, "local").environment["OPENBLAS_NUM_THREADS"] == "1"
