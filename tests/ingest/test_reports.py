"""Where reports are."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.reports import report_key


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=1024))
def test_report_is_beside_the_published_rasters(key):
    if len(key.encode()) <= 1011:
        assert report_key(key) == f"reports/{key}.json"
    assert len(report_key(key).encode()) <= 1024


def test_reports_on_the_longest_keys_are_apart_and_begin_alike():
    one, two = (report_key("categorical/" + "\N{SNOWFLAKE}" * 333 + end) for end in ("a", "b"))
    assert one != two
    assert one[:300] == two[:300]
    assert len(one.encode()) <= 1024
