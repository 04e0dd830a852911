import pytest

from categorical.colors import Color
from ingest.colors import OPERATOR, PALETTE, RASTER, Assignment, settle

RED, GREEN, BLUE = Color(255, 0, 0), Color(0, 255, 0), Color(0, 0, 255)
FILE, OTHER = "s3://incoming/categories.json", "s3://incoming/S2/categories.json"


def winner(existing, given):
    settled = settle(["cloud"], {"cloud": given}, {"cloud": existing})
    return settled.colors["cloud"], [notice.code for notice in settled.notices]


def test_first_colour_of_a_label_is_the_given_one_or_a_palettes():
    settled = settle(["a", "b"], {"b": Assignment(RED, FILE)}, {})
    assert settled.colors["b"] == RED
    assert settled.changed["b"] == Assignment(RED, FILE)
    assert settled.changed["a"].origin == PALETTE
    assert settled.replaced == frozenset()


def test_palette_avoids_every_colour_of_the_product():
    first = settle(list("abc"), {}, {})
    second = settle(list("cde"), {}, first.changed)
    assert second.colors["c"] == first.colors["c"]
    assert len({*first.colors.values(), *second.colors.values()}) == 5
    assert set(second.changed) == {"d", "e"}


@pytest.mark.parametrize("origin", [RASTER, PALETTE])
def test_class_file_replaces_what_nobody_chose(origin):
    assert winner(Assignment(RED, origin), Assignment(BLUE, FILE)) == (BLUE, [])


def test_class_file_replaces_its_own_earlier_colour():
    settled = settle(["cloud"], {"cloud": Assignment(BLUE, FILE)}, {"cloud": Assignment(RED, FILE)})
    assert settled.colors["cloud"] == BLUE
    assert settled.replaced == {"cloud"}


def test_class_file_does_not_replace_anothers():
    assert winner(Assignment(RED, OTHER), Assignment(BLUE, FILE)) == (RED, ["color_kept"])


def test_operators_colour_stays():
    assert winner(Assignment(RED, OPERATOR), Assignment(BLUE, FILE)) == (RED, ["color_kept"])


@pytest.mark.parametrize("origin", [RASTER, PALETTE, FILE, OPERATOR])
def test_rasters_colour_replaces_none(origin):
    assert winner(Assignment(RED, origin), Assignment(BLUE, RASTER)) == (RED, [])


def test_class_file_that_gives_the_same_colour_owns_it():
    settled = settle(
        ["cloud"], {"cloud": Assignment(RED, FILE)}, {"cloud": Assignment(RED, PALETTE)}
    )
    assert settled.changed == {"cloud": Assignment(RED, FILE)}
    assert settled.replaced == frozenset()


def test_warning_names_label_colours_and_both_origins():
    settled = settle(
        ["cloud"], {"cloud": Assignment(BLUE, FILE)}, {"cloud": Assignment(RED, OTHER)}
    )
    (notice,) = settled.notices
    for text in ('"cloud"', "FF0000", "0000FF", FILE, OTHER):
        assert text in notice.message
