from handler.settings import Settings as HandlerSettings
from infra.settings_page import PAGE, settings_page
from ingest.settings import IngestSettings


def test_the_page_lists_every_setting_as_the_code_has_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "say `make docs`"


def test_every_setting_has_a_sentence() -> None:
    rows = [line for line in settings_page().splitlines() if line.startswith("| `")]

    assert len(rows) > 20
    assert all(row.rstrip(" |").endswith(".") for row in rows)


def test_orphans_outlive_what_tile_servers_remember() -> None:
    """`verify --fix` never removes what a tile server may still read."""
    field = IngestSettings.model_fields["orphan_seconds"]
    (bound,) = field.metadata
    served = HandlerSettings.model_fields
    remembered = served["dataset_ttl"].default + served["stale_seconds"].default
    assert field.default >= bound.ge > remembered + 60  # and the longest request
