import pytest

from benchmarks.tables import Table, markdown


def test_columns_are_aligned_with_figures_to_the_right() -> None:
    table = Table("Times", ("peer", "median"), [("ours", "2 ms"), ("titiler", "x 12")], "A note.")
    assert markdown(table).splitlines() == [
        "**Times**",
        "",
        "| peer    | median |",
        "| ------- | -----: |",
        "| ours    |   2 ms |",
        "| titiler |   x 12 |",
        "",
        "A note.",
    ]


def test_bars_and_line_breaks_do_not_break_the_table() -> None:
    assert "a\\|b c" in markdown(Table("Odd", ("name",), [("a|b\nc",)]))


def test_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="Times"):
        markdown(Table("Times", ("peer", "median"), [("ours",)]))
