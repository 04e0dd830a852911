"""Classes come out of whatever metadata a dataset has."""

from typing import Any

import pytest

from categorical.colors import Color
from handler.registered_classes import Counted, read_classes, read_counts

CATEGORIES = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}
CLASSES: list[dict[str, Any]] = [
    {"value": 2, "name": "cloud", "title": "Cloud", "color_hint": "FFFFFF", "nodata": False},
    {"value": 0, "name": "land", "title": "Land", "color_hint": "99D594", "nodata": False},
]


def test_categories_alone_get_distinct_colours_in_the_order_of_their_values() -> None:
    classes = read_classes({"categories": dict(reversed(CATEGORIES.items()))})
    assert [(item.label, item.value) for item in classes] == list(CATEGORIES.items())
    assert len({item.color for item in classes}) == 4
    assert classes == read_classes({"categories": CATEGORIES})
    assert classes[0].color == Color(0xE4, 0x1A, 0x1C)  # ColorBrewer's Set1 begins with this red


def test_classes_win_over_categories() -> None:
    classes = read_classes({"categories": CATEGORIES, "classes": CLASSES})
    assert [(item.label, item.color) for item in classes] == [
        ("Land", Color(0x99, 0xD5, 0x94)),
        ("Cloud", Color(255, 255, 255)),
    ]


def test_a_class_without_a_colour_gets_one_that_no_other_has() -> None:
    red = {"value": 1, "title": "A", "color_hint": "E41A1C"}
    classes = read_classes({"classes": [red, {"value": 2, "title": "B"}]})
    assert classes[0].color == Color(0xE4, 0x1A, 0x1C)
    assert classes[1].color not in (None, classes[0].color)


@pytest.mark.parametrize(
    "metadata",
    [
        *({}, {"categories": None}, {"categories": {}}, {"categories": []}, {"categories": 5}),
        *({"categories": "text"}, {"classes": {}}, {"classes": [1, None, "x"]}, {"other": 1}),
        {"categories": {"a": None}},
        {"categories": {"a": {"b": 1}}},
    ],
)
def test_no_classes(metadata: dict[str, Any]) -> None:
    assert read_classes(metadata) == ()


@pytest.mark.parametrize(
    ("metadata", "labels"),
    [
        ({"categories": {"a": 1, "b": 1, "c": 2}}, ["a", "c"]),
        ({"categories": {"a": 1, "b": None, "c": 2.5, "d": "4"}}, ["a", "d"]),
        ({"categories": {"a": 1, "": 2}}, ["a"]),
        ({"classes": [{"value": 1, "title": "a"}, {"value": 1, "title": "b"}]}, ["a"]),
        ({"classes": [{"value": 1, "title": "a"}, {"value": 2, "title": "a"}]}, ["a"]),
        ({"classes": [{"value": 1, "title": "a"}, 7, {"title": "b"}]}, ["a"]),
        ({"classes": [{"title": "b"}], "categories": {"c": 3}}, ["c"]),
        ({"categories": {"0": "land", "1": "water"}}, ["land", "water"]),
    ],
)
def test_what_is_faulty_is_left_out(metadata: dict[str, Any], labels: list[str]) -> None:
    assert [item.label for item in read_classes(metadata)] == labels


def test_names_stay_unique_when_something_was_left_out() -> None:
    classes = read_classes({"categories": {"Wald": 1, "wald!": 2, "Wiese": None}})
    assert len({item.name for item in classes}) == 2


def test_counts() -> None:
    counted = {**CLASSES[0], "count": 7, "percentage": 12.5}
    assert read_counts({"classes": [counted, CLASSES[1]]}) == {2: Counted(7, 12.5), 0: Counted()}


@pytest.mark.parametrize("classes", [None, {}, 5, [None], [{"value": "x"}], [{}]])
def test_no_counts(classes: object) -> None:
    assert read_counts({"classes": classes}) == {}
