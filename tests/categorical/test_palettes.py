from itertools import combinations
from math import dist

import pytest
from hypothesis import given
from hypothesis import strategies as st
from palettable.colorbrewer import qualitative

from categorical.colors import Color
from categorical.palettes import assign_colors

channels = st.integers(0, 255)
opaque = st.builds(Color, channels, channels, channels)
# A few of the palette's own first colours, so that clashes do happen.
likely = st.sampled_from([Color(*rgb) for rgb in qualitative.Set1_9.colors]) | opaque
labels = st.lists(st.text(max_size=5), max_size=30)
given_colors = st.dictionaries(st.text(max_size=5), likely, max_size=10)
takens = st.lists(likely, max_size=10)


@given(labels, given_colors, takens)
def test_every_label_has_a_colour_in_order(
    labels: list[str], given: dict[str, Color], taken: list[Color]
) -> None:
    assert list(assign_colors(labels, given, taken)) == list(dict.fromkeys(labels))


@given(labels, given_colors, takens)
def test_given_colours_win(labels: list[str], given: dict[str, Color], taken: list[Color]) -> None:
    colors = assign_colors(labels, given, taken)
    assert {label: colors[label] for label in labels if label in given} == {
        label: given[label] for label in labels if label in given
    }


@given(labels, given_colors, takens)
def test_new_colours_are_distinct_and_not_taken(
    labels: list[str], given: dict[str, Color], taken: list[Color]
) -> None:
    colors = assign_colors(labels, given, taken)
    new = [color for label, color in colors.items() if label not in given]
    assert len(set(new)) == len(new)
    assert not set(new) & {*taken, *given.values()}
    assert all(color.alpha == 255 for color in new)


@given(labels, given_colors, takens)
def test_the_same_input_gives_the_same_colours(
    labels: list[str], given: dict[str, Color], taken: list[Color]
) -> None:
    assert assign_colors(labels, given, taken) == assign_colors(iter(labels), given, iter(taken))


@given(labels.filter(bool), takens)
def test_a_label_that_comes_later_changes_no_other(labels: list[str], taken: list[Color]) -> None:
    unique = list(dict.fromkeys(labels))
    before = assign_colors(unique[:-1], taken=taken)
    assert assign_colors(unique, before, taken) | before == assign_colors(unique, taken=taken)


def test_a_label_that_occurs_twice_costs_one_colour() -> None:
    assert assign_colors(["a", "a", "b"]) == assign_colors(["a", "b"])


def test_the_first_colours_are_colorbrewers() -> None:
    expected = [tuple(rgb) for rgb in qualitative.Set1_9.colors]
    assert [color[:3] for color in assign_colors(map(str, range(9))).values()] == expected


def test_a_colour_that_is_taken_half_transparent_is_taken() -> None:
    first = assign_colors(["a"])["a"]
    assert assign_colors(["a"], taken=[first._replace(alpha=128)])["a"] != first


@pytest.mark.parametrize("count", [50, 255, 1_000, 65_536])
def test_more_labels_than_any_scheme_has_get_distinct_colours(count: int) -> None:
    colors = assign_colors(map(str, range(count)))
    assert len(set(colors.values())) == count


def lightness_and_hue(color: Color) -> tuple[float, float, float]:
    """CIELAB (D65), in which a distance of about 2.3 is just noticeable."""
    linear = [
        ((part / 255 + 0.055) / 1.055) ** 2.4 if part > 10 else part / 255 / 12.92
        for part in color[:3]
    ]
    matrix = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0178, 0.1095, 0.8727))
    xyz = [sum(row * part for row, part in zip(rows, linear, strict=True)) for rows in matrix]
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize(("count", "noticeable"), [(9, 30), (20, 15), (50, 7), (240, 3)])
def test_colours_can_be_told_apart(count: int, noticeable: float) -> None:
    places = [lightness_and_hue(color) for color in assign_colors(map(str, range(count))).values()]
    assert min(dist(*pair) for pair in combinations(places, 2)) > noticeable


def test_a_new_colour_can_be_told_apart_from_a_given_one() -> None:
    almost_the_first = Color(227, 27, 29)
    new = assign_colors(["water", "forest"], {"water": almost_the_first})["forest"]
    assert dist(lightness_and_hue(new), lightness_and_hue(almost_the_first)) > 15
