"""The legend names what is drawn."""

import json

from categorical.classes import Class
from categorical.colors import Color
from categorical.legend import make_legend, to_json

CLASSES = (
    Class(2, "cloud", "Cloud", Color(255, 255, 255)),
    Class(0, "clear_land", "Clear land", Color(0x99, 0xD5, 0x94)),
    Class(255, "no_data", "No data", Color(0, 0, 0), nodata=True),
    Class(-1, "haze", "Dunst über Land", Color(1, 2, 3, 128)),
)


def test_entries_are_in_the_order_of_their_values_without_nodata() -> None:
    legend = make_legend("S2 / 20181010", CLASSES)
    assert [(entry.value, entry.label) for entry in legend.entries] == [
        (-1, "Dunst über Land"),
        (0, "Clear land"),
        (2, "Cloud"),
    ]


def test_json() -> None:
    document = to_json(make_legend("S2 / 20181010", CLASSES))
    assert json.loads(json.dumps(document)) == {
        "title": "S2 / 20181010",
        "entries": [
            {"value": -1, "label": "Dunst über Land", "color": "010203", "alpha": 128},
            {"value": 0, "label": "Clear land", "color": "99D594"},
            {"value": 2, "label": "Cloud", "color": "FFFFFF"},
        ],
    }


def test_a_legend_may_be_empty() -> None:
    assert to_json(make_legend("nothing", ())) == {"title": "nothing", "entries": []}


def test_a_class_without_a_colour_is_transparent() -> None:
    legend = make_legend("title", [Class(1, "water", "Water")])
    assert to_json(legend)["entries"] == [
        {"value": 1, "label": "Water", "color": "000000", "alpha": 0}
    ]
