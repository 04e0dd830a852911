import pytest

from ingest.class_files import candidates, governed_prefix, is_class_file


def test_candidates_go_from_the_raster_up_to_the_top():
    assert candidates("categorical/S2/20181010/cloudmask.tif") == (
        "categorical/S2/20181010/cloudmask.categories.json",
        "categorical/S2/20181010/categories.json",
        "categorical/S2/categories.json",
        "categorical/categories.json",
        "categories.json",
    )


@pytest.mark.parametrize("key", ["categories.json", "a/categories.json", "a/b.c.categories.json"])
def test_class_files(key):
    assert is_class_file(key)


@pytest.mark.parametrize(
    "key", ["a/b.tif", "a/.categories.json", "a/my-categories.json", "a/categories.json.bak"]
)
def test_other_files(key):
    assert not is_class_file(key)


@pytest.mark.parametrize(
    ("class_file", "prefix"),
    [
        ("categories.json", ""),
        ("categorical/S2/categories.json", "categorical/S2/"),
        ("categorical/S2/cloud.mask.categories.json", "categorical/S2/cloud.mask."),
    ],
)
def test_rasters_begin_with_the_governed_prefix(class_file, prefix):
    assert governed_prefix(class_file) == prefix


def test_every_candidate_governs_the_raster():
    raster = "categorical/S2/20181010/cloudmask.tif"
    for key in candidates(raster):
        assert is_class_file(key)
        assert raster.startswith(governed_prefix(key))
