"""Settings come from HANDLER_ variables, and each says what it does."""

import pytest
from pydantic import ValidationError

from handler.settings import Settings


def test_every_setting_has_a_default_and_a_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert not field.is_required(), name
        assert (field.description or "").endswith("."), name


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDLER_DATASET_TTL", "2.5")
    monkeypatch.setenv("HANDLER_MAX_RASTERS", "7")
    settings = Settings()
    assert (settings.dataset_ttl, settings.max_rasters) == (2.5, 7)


def test_nothing_changes_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().max_rasters = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_RASTERS", "0"),
        ("DATASET_TTL", "-1"),
        ("STALE_SECONDS", "-1"),
        ("MAX_TILE_SIZE", "big"),
        ("RETRY_AFTER", "0"),
        ("PUBLIC_URL", "ftp://x"),
        ("BASEMAP_URL", "https://x"),
    ],
)
def test_a_senseless_value_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"HANDLER_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()
