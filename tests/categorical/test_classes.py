import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categorical.classes import (
    MAX_CLASSES,
    MAX_LABEL_LENGTH,
    Class,
    parse_class_file,
    parse_classes,
    slug,
    to_categories,
    to_stac,
)
from categorical.colors import Color
from categorical.errors import InvalidClassFile

GUIDE = {"clear land": 0, "clear water": 1, "cloud": 2, "cloud shadow": 3}

channels = st.integers(0, 255)
colors = st.builds(Color, channels, channels, channels, channels)
values = st.integers(-(2**63), 2**64 - 1)
labels = (
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
names = st.from_regex(r"[0-9A-Za-z_-]{1,12}", fullmatch=True)


@st.composite
def class_lists(draw: st.DrawFn) -> list[Class]:
    """Classes as a class file may hold them: ordered, every value, label and name once."""
    count = draw(st.integers(1, 8))
    distinct = [
        draw(st.lists(each, min_size=count, max_size=count, unique=True))
        for each in (values, names, labels)
    ]
    items = [
        Class(
            value,
            name,
            label,
            draw(st.none() | colors),
            draw(st.booleans()),
            draw(labels | st.just("")),
        )
        for value, name, label in zip(*distinct, strict=True)
    ]
    return sorted(items, key=lambda item: item.value)


json_documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text() | st.sampled_from(["classes", "value", "name", "title", "color_hint"]), inner
        )
    ),
    max_leaves=12,
)


# --- there and back ------------------------------------------------------------------------------


@given(class_lists())
def test_stac_gives_the_same_classes_back(classes: list[Class]) -> None:
    assert parse_classes([to_stac(item) for item in classes]) == tuple(classes)


@given(class_lists())
def test_stac_gives_the_same_classes_back_from_a_file(classes: list[Class]) -> None:
    content = json.dumps({"classification:classes": [to_stac(item) for item in classes]})
    assert parse_class_file(content.encode()) == tuple(classes)


@given(class_lists())
def test_categories_give_the_same_values_and_labels_back(classes: list[Class]) -> None:
    categories = to_categories(classes)
    assert list(categories.values()) == sorted(item.value for item in classes)
    assert to_categories(parse_class_file(json.dumps(categories))) == categories


@given(class_lists())
def test_stac_objects_are_what_the_extension_demands(classes: list[Class]) -> None:
    for item in classes:
        stac = json.loads(json.dumps(to_stac(item)))
        assert re.fullmatch(r"[0-9A-Za-z_-]+", stac["name"])
        assert re.fullmatch(r"[0-9A-F]{6}", stac.get("color_hint", "000000"))
        assert stac.get("description", "given") != ""
        assert isinstance(stac["nodata"], bool)


@given(labels)
def test_every_label_has_a_stac_name(label: str) -> None:
    assert re.fullmatch(r"[0-9a-z_-]+", slug(label))


# --- the two forms -------------------------------------------------------------------------------


def test_terracottas_guide_is_read() -> None:
    assert parse_classes(GUIDE)[:2] == (
        Class(0, "clear_land", "clear land"),
        Class(1, "clear_water", "clear water"),
    )
    assert to_categories(parse_classes(GUIDE)) == GUIDE


def test_stac_is_read() -> None:
    stac = {
        "value": 0,
        "name": "clear_land",
        "title": "Clear land",
        "description": "No cloud above",
        "color_hint": "99d594",
        "nodata": True,
    }
    expected = Class(0, "clear_land", "Clear land", Color(153, 213, 148), True, "No cloud above")
    assert parse_classes({"classification:classes": [stac]}) == (expected,)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([{"value": 2, "name": "cloud"}], id="bare list"),
        pytest.param({"classes": [{"value": 2, "title": "cloud"}]}, id="answer of /classes"),
        pytest.param(
            {"stac_version": "1.0.0", "classification:classes": [{"value": 2, "name": "cloud"}]},
            id="among others",
        ),
        pytest.param({"2": "cloud"}, id="swapped"),
        pytest.param({"cloud": "2"}, id="value as text"),
        pytest.param({"cloud": " +2 "}, id="value as text with sign and spaces"),
        pytest.param({"cloud": 2.0}, id="value as float"),
        pytest.param({" cloud ": 2}, id="label with spaces"),
        pytest.param([{"value": 2, "name": "cloud", "title": ""}], id="empty title"),
        pytest.param(
            [
                {
                    "value": 2,
                    "name": "cloud",
                    "title": None,
                    "description": None,
                    "color_hint": None,
                    "nodata": None,
                }
            ],
            id="nulls",
        ),
    ],
)
def test_lenient_forms_are_read(document: object) -> None:
    assert parse_classes(document) == (Class(2, "cloud", "cloud"),)


def test_a_description_is_the_label_for_want_of_a_title() -> None:
    (item,) = parse_classes([{"value": 2, "description": "Dense cloud"}])
    assert (item.name, item.label, item.description) == (
        "dense_cloud",
        "Dense cloud",
        "Dense cloud",
    )


def test_labels_that_are_numbers_are_labels() -> None:
    assert to_categories(parse_classes({"1": 10, "2": 20})) == {"1": 10, "2": 20}
    assert to_categories(parse_classes({"1": "10"})) == {"1": 10}


@given(st.integers(-(2**63), 2**64 - 1))
def test_every_64_bit_value_is_read_as_number_and_as_text(value: int) -> None:
    assert parse_classes({"cloud": value}) == parse_classes({"cloud": str(value)})
    assert parse_classes({str(value): "cloud"})[0].value == value


def test_a_byte_order_mark_is_no_fault() -> None:
    assert parse_class_file(b'\xef\xbb\xbf{"cloud": 2}') == parse_classes({"cloud": 2})


def test_classes_come_in_order_of_their_values() -> None:
    classes = parse_classes({"three": 3, "minus one": -1, "two": 2})
    assert [item.value for item in classes] == [-1, 2, 3]


def test_an_alpha_beside_the_color_hint_is_kept() -> None:
    (item,) = parse_classes([{"value": 1, "name": "a", "color_hint": "FF0000", "alpha": 128}])
    assert item.color == Color(255, 0, 0, 128)


def test_names_that_stac_does_not_allow_are_replaced() -> None:
    (item,) = parse_classes([{"value": 1, "name": "clear land!", "title": "Clear land"}])
    assert item.name == "clear_land"


def test_labels_that_share_a_name_get_names_of_their_own() -> None:
    classes = parse_classes({"Wald": 1, "wald!": 2, "WALD?": -3, "wald_2": 4, "森": 5, "林": 6})
    assert len({item.name for item in classes}) == 6
    assert parse_classes([to_stac(item) for item in classes]) == classes


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        pytest.param(
            {"a": 1, "b": 1}, ['the value 1 occurs 2 times: ["a", "b"]'], id="value twice"
        ),
        pytest.param(
            {"a": 1, "b": 1.0},
            ['the value 1 occurs 2 times: ["a", "b"]'],
            id="value twice as float",
        ),
        pytest.param({"a": 1, " a": 2}, ['the label "a" occurs 2 times'], id="label twice"),
        pytest.param({"a": 1.5}, ['the value of "a" is 1.5, not an integer'], id="fraction"),
        pytest.param({"a": "x"}, ['the value of "a" is "x", not an integer'], id="text"),
        pytest.param({"a": True}, ['the value of "a" is true, not an integer'], id="boolean"),
        pytest.param({"a": None}, ['the value of "a" is null, not an integer'], id="null"),
        pytest.param({"a": [1]}, ['the value of "a" is [1], not an integer'], id="list"),
        pytest.param({"a": float("nan")}, ['the value of "a" is NaN, not an integer'], id="nan"),
        pytest.param(
            {"a": 2**64},
            ['the value of "a" is 18446744073709551616, outside of the 64-bit integers'],
            id="too large",
        ),
        pytest.param(
            {"a": -(2**63) - 1},
            ['the value of "a" is -9223372036854775809, outside of the 64-bit integers'],
            id="too small",
        ),
        pytest.param({"": 1}, ["a label is empty (value 1)"], id="no label"),
        pytest.param(
            {"a\n": 1, "b\u2028c": 2, "\ud800": 3},
            [
                'the label "b\u2028c" holds a control character',
                'the label "\ud800" holds a control character',
            ],
            id="control characters",
        ),
        pytest.param(
            {"a" * 501: 1},
            [f'the label "{"a" * 76}... is longer than {MAX_LABEL_LENGTH} characters'],
            id="long label",
        ),
        pytest.param({}, ["it holds no classes"], id="empty"),
        pytest.param([], ["it holds no classes"], id="empty list"),
        pytest.param(
            "cloud",
            ['it must be {"label": value, ...} or {"classification:classes": [...]}'],
            id="neither form",
        ),
        pytest.param(
            [3, {"value": 1}],
            ["class 1 is 3, not an object", "class 2 (value 1) has no title or name"],
            id="no objects",
        ),
        pytest.param([{"name": "a"}], ['the value of "a" is null, not an integer'], id="no value"),
        pytest.param(
            [{"value": 1, "name": "a", "nodata": "yes"}],
            ['nodata of "a" is "yes", not true or false'],
            id="nodata",
        ),
        pytest.param(
            {"a": 1, "b": 1, "c": "x", "": 4},
            [
                'the value of "c" is "x", not an integer',
                "a label is empty (value 4)",
                'the value 1 occurs 2 times: ["a", "b"]',
            ],
            id="all at once",
        ),
    ],
)
def test_every_fault_is_named(document: object, faults: list[str]) -> None:
    with pytest.raises(InvalidClassFile) as caught:
        parse_classes(document)
    assert list(caught.value.faults) == faults
    assert caught.value.code == "invalid_class_file"


@pytest.mark.parametrize("color", ["red", "12345", [1, 2], [1, 2, 256], 7, ""])
def test_a_wrong_colour_is_named(color: object) -> None:
    with pytest.raises(InvalidClassFile, match=r'^the color_hint of "a": '):
        parse_classes([{"value": 1, "name": "a", "color_hint": color}])


@pytest.mark.parametrize("alpha", [256, -1, 0.5, "128", True])
def test_a_wrong_alpha_is_named(alpha: object) -> None:
    with pytest.raises(InvalidClassFile, match=r'^the color_hint of "a": '):
        parse_classes([{"value": 1, "name": "a", "color_hint": "ff0000", "alpha": alpha}])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_say_what_they_are(encoding: str) -> None:
    content = json.dumps({"Wälder": 3}, ensure_ascii=False).encode(encoding)
    assert to_categories(parse_class_file(content)) == {"Wälder": 3}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "it is empty"),
        (b"\xff\xfe \0", "it is empty"),
        (b"clear land;0", "it is not JSON: Expecting value at line 1, column 1"),
        (b'{"a": 1', "it is not JSON: Expecting ',' delimiter at line 1, column 8"),
        (b'{"a": 1}\xff', "it is not UTF-8 text (byte 8): save it as UTF-8"),
        (b'{"a": 1, "a": 2}', 'the name "a" occurs 2 times'),
        (b'[{"value": 1, "value": 2, "name": "a"}]', 'the name "value" occurs 2 times'),
        (b"[" * 100_000, "it is not a class file: JSON nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "it is not JSON: Exceeds the limit"),
    ],
)
def test_a_file_that_is_no_json_is_named(content: bytes, fault: str) -> None:
    with pytest.raises(InvalidClassFile, match=re.escape(fault)) as caught:
        parse_class_file(content)
    assert caught.value.faults[0].startswith(fault)


def test_more_classes_than_16_bits_have_are_refused() -> None:
    with pytest.raises(InvalidClassFile, match=r"^it holds 65,537 classes, more than 65,536$"):
        parse_classes({f"class {value}": value for value in range(MAX_CLASSES + 1)})


def test_a_long_list_of_faults_is_cut_in_the_text_but_kept_whole() -> None:
    with pytest.raises(InvalidClassFile, match=r"; and 2 more faults$") as caught:
        parse_classes({f"class {number}": "x" for number in range(12)})
    assert len(caught.value.faults) == 12


@given(json_documents)
def test_any_json_is_read_or_refused(document: object) -> None:
    assert classes_or_faults(parse_classes, document)


@given(st.binary() | json_documents.map(lambda document: json.dumps(document).encode()))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert classes_or_faults(parse_class_file, content)


def classes_or_faults(
    parse: Callable[[Any], tuple[Class, ...]], given: object
) -> tuple[object, ...]:
    try:
        return parse(given)
    except InvalidClassFile as error:
        return error.faults
