import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import KeyMismatch, Misconfigured
from ingest.keys import KeyPattern, dataset_path, product, stem

DEFAULT = KeyPattern("{type}/{sensor}/{date}/{band}.tif")


def test_fields_become_keys_in_order():
    keys = DEFAULT.keys("categorical/S2/20181010/cloudmask.tif")
    assert list(keys.items()) == [
        ("type", "categorical"),
        ("sensor", "S2"),
        ("date", "20181010"),
        ("band", "cloudmask"),
    ]
    assert DEFAULT.fields == tuple(keys)


@pytest.mark.parametrize("suffix", [".tif", ".tiff", ".TIF", ".Tiff"])
def test_suffix_in_any_spelling(suffix):
    assert DEFAULT.keys(f"categorical/S2/20181010/cloud.mask{suffix}")["band"] == "cloud.mask"


def test_other_patterns():
    pattern = KeyPattern("maps/{region}_{year}/v1-{product}.TIFF")
    assert pattern.keys("maps/north_east_2020/v1-lc.tif") == {
        "region": "north",
        "year": "east_2020",
        "product": "lc",
    }


@pytest.mark.parametrize(
    "key",
    [
        "cloudmask.tif",
        "categorical/S2/20181010/cloudmask.png",
        "categorical/S2/20181010/cloudmask",
        "categorical/S2/20181010/.tif",
        "categorical//20181010/cloudmask.tif",
        "a/categorical/S2/20181010/cloudmask.tif",
        "categorical/S2/20181010/cloudmask.tif/",
        "categorical/S2/20181010/cloudmask.tif\n",
    ],
)
def test_mismatch_names_key_and_pattern(key):
    with pytest.raises(KeyMismatch) as caught:
        DEFAULT.keys(key)
    assert repr(key) in str(caught.value)
    assert DEFAULT.pattern in str(caught.value)
    assert not DEFAULT.matches(key)


@pytest.mark.parametrize(
    "value", ["50%", "a?b", "a#b", "a\\b", " a", "a ", "a\tb", "..", "x" * 171]
)
def test_values_that_no_url_keeps_are_named(value):
    with pytest.raises(KeyMismatch, match="sensor in the key"):
        DEFAULT.keys(f"categorical/{value}/20181010/cloudmask.tif")


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("{type}/{band}", "must end in .tif"),
        ("all.tif", "has no field"),
        ("{a}/{a}.tif", "twice"),
        ("{a b}.tif", "no name"),
        ("{}.tif", "no name"),
        ("{limit}.tif", "Terracotta"),
        ("{a}{b}.tif", "between"),
        ("{a.tif", "cannot be read"),
    ],
)
def test_patterns_that_cannot_work_are_refused(pattern, fault):
    with pytest.raises(Misconfigured, match=fault):
        KeyPattern(pattern)


def test_key_that_leaves_no_room_for_what_is_published():
    folder = "/".join(["\N{SNOWFLAKE}" * 110] * 3)
    longest = DEFAULT.keys(f"{folder}/a.tif")
    assert len(f"{dataset_path(longest)}/{'0' * 20}.json".encode()) <= 1024
    with pytest.raises(KeyMismatch, match="has 999 bytes, more than 998"):
        DEFAULT.keys(f"{folder}/aa.tif")


VALUES = st.text(
    st.characters(codec="utf-8", exclude_characters="/?#%\\", exclude_categories=["Cc", "Cs"]),
    min_size=1,
    max_size=30,
).filter(lambda text: text == text.strip() and text not in (".", ".."))


@given(st.tuples(VALUES, VALUES, VALUES, VALUES))
def test_keys_are_what_went_into_the_path(values):
    keys = DEFAULT.keys("/".join(values) + ".tif")
    assert tuple(keys.values()) == values
    assert dataset_path(keys) == "/".join(values)


def test_stem_is_what_a_raster_and_its_sidecars_share():
    assert stem("a/b.c/d.e.tif") == "a/b.c/d.e"
    assert stem("a.b/c") == "a.b/c"


def test_product_leaves_out_the_date():
    keys = DEFAULT.keys("categorical/S2/20181010/cloudmask.tif")
    assert product(keys, "date") == "categorical/S2/cloudmask"
    assert product(keys, "day") == "categorical/S2/20181010/cloudmask"
