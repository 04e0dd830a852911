from infra.settings_page import PAGE, settings_page


def test_the_page_lists_every_setting_as_the_code_has_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "say `make docs`"


def test_every_setting_has_a_sentence() -> None:
    rows = [line for line in settings_page().splitlines() if line.startswith("| `")]

    assert len(rows) > 20
    assert all(row.rstrip(" |").endswith(".") for row in rows)
