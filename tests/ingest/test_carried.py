"""Classes made of whatever some software calls values."""

from hypothesis import given
from hypothesis import strategies as st

from categorical.classes import MAX_CLASSES
from ingest.attribute_table import Entry
from ingest.carried import classes_of

LABELS = st.sampled_from(("a", "a (1)", "a (1) (1)", "", " ", "\x07", "x" * 600)) | st.text()
VALUES = st.integers(0, 5) | st.integers(-(2**70), 2**70)
ENTRIES = st.lists(st.builds(Entry, VALUES, LABELS, st.none()))


def labels(entries, values=range(256)):
    return {item.value: item.label for item in classes_of(entries, values, None)}


@given(ENTRIES)
def test_every_value_of_pixels_that_is_named_gets_a_label_of_its_own(entries):
    named = {e.value for e in entries if any(c.isprintable() and c != " " for c in e.label)}
    found = labels(entries)
    assert found.keys() & set(range(256)) == named & set(range(256))
    assert len(set(found.values())) == len(found)


def test_label_that_is_too_long_is_cut():
    found = labels([Entry(1, "x" * 600), Entry(2, "b")])
    assert found[1].startswith("xxx")
    assert found[1].endswith("x\N{HORIZONTAL ELLIPSIS}")
    assert found[2] == "b"


def test_values_that_no_pixel_can_have_are_left_out():
    assert labels([Entry(10**30, "a"), Entry(-(10**30), "b"), Entry(1, "c")]) == {1: "c"}


def test_label_that_looks_like_another_with_its_value():
    entries = [Entry(1, "Wald"), Entry(2, "Wald"), Entry(3, "Wald (1)")]
    assert labels(entries) == {1: "Wald (1) (1)", 2: "Wald (2)", 3: "Wald (1)"}


def test_of_too_many_classes_those_count_that_pixels_have():
    entries = [Entry(value, f"c{value}") for value in range(MAX_CLASSES + 1)]
    assert labels(entries, {3, 65_536}) == {3: "c3", 65_536: "c65536"}
