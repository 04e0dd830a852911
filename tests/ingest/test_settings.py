import pytest
from pydantic import ValidationError

from ingest.settings import IngestSettings


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("INGEST_PUBLISHED_BUCKET", "published")
    monkeypatch.setenv("INGEST_KEY_PATTERN", "{type}/{date}.tif")
    monkeypatch.setenv("INGEST_MAX_PIXELS", "1000")
    settings = IngestSettings.model_validate({})
    assert settings.published_bucket == "published"
    assert settings.key_pattern == "{type}/{date}.tif"
    assert settings.max_pixels == 1000


def test_published_bucket_has_no_default(monkeypatch):
    monkeypatch.delenv("INGEST_PUBLISHED_BUCKET", raising=False)
    with pytest.raises(ValidationError, match="published_bucket"):
        IngestSettings.model_validate({})


def test_settings_do_not_change():
    settings = IngestSettings(published_bucket="published")
    with pytest.raises(ValidationError, match="frozen"):
        settings.max_pixels = 5


@pytest.mark.parametrize(("name", "field"), IngestSettings.model_fields.items())
def test_every_setting_has_a_sentence(name, field):
    assert field.description.endswith(".")
