import re
from collections.abc import Callable
from typing import Any

import mercantile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from categorical.errors import CategoricalError, URLTooLong
from categorical.urls import REGIONAL_BYTES, categorical_url, explicit_color_map, singleband_url

BASE = "https://abc.execute-api.eu-west-1.amazonaws.com/prod"
KEYS = ("categorical", "S2", "20181010", "cloudmask")
GUIDE = {0: "99d594", 1: "2b83ba", 2: "ffffff", 3: "404040"}

# A URL as RFC 3986 has it, and stricter: nothing beside the separators but unreserved characters.
COMPONENT = r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+"
STRICT = re.compile(
    rf"https?://[a-z0-9.:-]+(?:/{COMPONENT})+(?:\?{COMPONENT}={COMPONENT}(?:&{COMPONENT}={COMPONENT})*)?"
)

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
keys = st.lists(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/?#%\\"),
        min_size=1,
        max_size=8,
    ).filter(lambda key: key == key.strip() and key not in (".", "..")),
    min_size=1,
    max_size=4,
)
colors = st.dictionaries(
    st.integers(-(2**63), 2**64 - 1), st.tuples(*[st.integers(0, 255)] * 4), min_size=1, max_size=5
)
options = st.dictionaries(
    st.sampled_from(["tile_size", "stretch_range", "color_transform"]),
    texts | st.integers(0, 9) | st.lists(texts),
)
NO_LIMIT = 10**9


@given(keys, colors, options)
def test_a_singleband_url_holds_nothing_that_a_gateway_refuses(
    keys: list[str], colors: dict[int, tuple[int, ...]], options: dict[str, Any]
) -> None:
    assert STRICT.fullmatch(
        singleband_url(BASE, keys, colors, tile=(1, 0, 1), max_bytes=NO_LIMIT, **options)
    )
    template = singleband_url(BASE, keys, colors, max_bytes=NO_LIMIT, **options)
    assert STRICT.fullmatch(template.replace("/{z}/{x}/{y}.png", "/1/0/1.png"))


@given(keys, st.lists(texts), st.none() | texts)
def test_a_categorical_url_holds_nothing_that_a_gateway_refuses(
    keys: list[str], show: list[str], version: str | None
) -> None:
    assert STRICT.fullmatch(categorical_url(BASE, keys, tile=(1, 0, 1), show=show, version=version))


def test_the_guides_request() -> None:
    assert singleband_url(BASE, KEYS, GUIDE) == (
        f"{BASE}/singleband/categorical/S2/20181010/cloudmask/{{z}}/{{x}}/{{y}}.png?colormap=explicit"
        f"&explicit_color_map={explicit_color_map(GUIDE)}"
    )


def test_a_tile() -> None:
    assert singleband_url(BASE, ["a b"], {0: "fff"}, tile=(3, 5, 6)) == (
        f"{BASE}/singleband/a%20b/3/5/6.png?colormap=explicit&explicit_color_map=%7B%220%22%3A%22ffffff%22%7D"
    )
    assert (
        categorical_url(BASE, ["a b"], tile=mercantile.Tile(x=5, y=6, z=3))
        == f"{BASE}/categorical/a%20b/3/5/6.png"
    )


def test_further_parameters_keep_their_order() -> None:
    url = singleband_url(
        BASE, KEYS, GUIDE, tile_size=(512, 512), color_transform="gamma 1 1.5", b=1, a=0.5
    )
    assert url.endswith("%7D&tile_size=%5B512%2C512%5D&color_transform=gamma%201%201.5&b=1&a=0.5")


def test_labels_and_version() -> None:
    assert categorical_url(BASE, KEYS, show=["cloud shadow", "a&b=c;d"], version="5e1f") == (
        f"{BASE}/categorical/categorical/S2/20181010/cloudmask/{{z}}/{{x}}/{{y}}.png"
        "?show=cloud%20shadow&show=a%26b%3Dc%3Bd&v=5e1f"
    )


@pytest.mark.parametrize("given_base", [BASE, f"{BASE}/", f"{BASE}//"])
def test_a_slash_at_the_end_of_the_base_makes_no_difference(given_base: str) -> None:
    assert categorical_url(given_base, KEYS) == categorical_url(BASE, KEYS)


@pytest.mark.parametrize(
    "base",
    [
        "http://127.0.0.1:5000/local",
        "http://[::1]:5000",
        "HTTPS://Example.com",
        "https://h/a/b-c/d_e",
    ],
)
def test_bases_of_all_kinds(base: str) -> None:
    assert categorical_url(base, ["a"]) == f"{base}/categorical/a/{{z}}/{{x}}/{{y}}.png"


@pytest.mark.parametrize(
    "some_keys", [["a", "b"], ("a", "b"), {"x": "a", "y": "b"}.values(), iter(["a", "b"])]
)
def test_keys_of_all_kinds(some_keys: Any) -> None:
    assert categorical_url(BASE, some_keys).startswith(f"{BASE}/categorical/a/b/")


# --- bad input -----------------------------------------------------------------------------------

BOTH = [
    pytest.param(
        lambda base, keys, **more: singleband_url(base, keys, GUIDE, **more), id="singleband"
    ),
    pytest.param(categorical_url, id="categorical"),
]


@pytest.mark.parametrize("build", BOTH)
@pytest.mark.parametrize(
    "base",
    [
        "",
        "api.example.com",
        "//api.example.com",
        "ftp://h",
        "https://",
        "https:///prod",
        "https://h?a=b",
        "https://h#a",
        "https://h/prod?",
        "https://user:secret@h",
        "https://h/a b",
        "https://h/{stage}",
        "https://h/a%20b",
        "https://h/ä",
        "https://ä.de",
        "https://\u212a",  # the Kelvin sign, whose lower case is k
        "https://h\n",
        "https://h/a//b",
        "https://h/singleband",
        "https://h/prod/categorical/",
        None,
        5,
        b"https://h",
    ],
)
def test_a_base_that_is_none_is_refused_by_its_name(
    build: Callable[..., str], base: object
) -> None:
    with pytest.raises(CategoricalError, match=re.escape(repr(base))):
        build(base, KEYS)


@pytest.mark.parametrize("build", BOTH)
@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ([], "() names no dataset"),
        ("S2", "'S2' is no list of key values"),
        (b"S2", "b'S2' is no list of key values"),
        (None, "None is no list of key values"),
        ({"sensor": "S2"}, "{'sensor': 'S2'} is no list of key values"),
        ({"S2"}, "{'S2'} is no list of key values"),
        (["a/b"], "'a/b' holds '/'"),
        (["100%"], "'100%' holds '%'"),
        (["a", ""], "is empty"),
        (["a", ".."], "'..' is a path step"),
        (["a\ud800"], r"'a\ud800' holds '\ud800'"),
        (["a\0"], r"'a\x00' holds '\x00'"),
        ([20181010], "20181010 is not text"),
    ],
)
def test_keys_that_name_no_dataset_are_refused_by_their_name(
    build: Callable[..., str], keys: object, fault: str
) -> None:
    with pytest.raises(CategoricalError, match=re.escape(fault)):
        build(BASE, keys)


@pytest.mark.parametrize("build", BOTH)
@pytest.mark.parametrize("tile", [(-1, 0, 0), (0, 0, 1), (3, 8, 0), (1.5, 0, 0), "0/0/0", (0, 0)])
def test_a_tile_that_is_none_is_refused_by_its_name(
    build: Callable[..., str], tile: object
) -> None:
    with pytest.raises(CategoricalError, match=re.escape(repr(tile))):
        build(BASE, KEYS, tile=tile)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"show": "cloud"}, "'cloud' is no list of labels"),
        ({"show": [""]}, "the label '' is empty"),
        ({"show": ["\ud800"]}, r"'\ud800' holds half a surrogate pair"),
        ({"show": [2]}, "the label 2 is empty or no text"),
        ({"show": None}, "None is no list of labels"),
        ({"version": ""}, "the version '' is empty"),
        ({"version": 5}, "the version 5 is empty or no text"),
    ],
)
def test_labels_and_versions_that_are_none_are_refused(
    arguments: dict[str, Any], fault: str
) -> None:
    with pytest.raises(CategoricalError, match=re.escape(fault)):
        categorical_url(BASE, KEYS, **arguments)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"tile_size": None}, "None is no value"),
        ({"tile_size": {1: 2}}, "{1: 2} is no value"),
        ({"gamma": float("nan")}, "nan is no value"),
        ({"text": "\ud800"}, r"'\ud800' holds half a surrogate pair"),
        ({"colormap": "viridis"}, "'colormap' is no name"),
        ({"tile size": 1}, "'tile size' is no name"),
    ],
)
def test_further_parameters_that_are_none_are_refused(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(CategoricalError, match=re.escape(fault)):
        singleband_url(BASE, KEYS, GUIDE, **options)


# --- length --------------------------------------------------------------------------------------


def test_a_url_too_long_for_an_edge_api_is_refused_and_the_short_way_named() -> None:
    colors = dict.fromkeys(range(320), "99d594")
    with pytest.raises(URLTooLong, match=r"more than 8,192: the short way is /categorical/\.\.\."):
        singleband_url(BASE, KEYS, colors)
    assert len(singleband_url(BASE, KEYS, colors, max_bytes=REGIONAL_BYTES)) > 8192
    assert len(categorical_url(BASE, KEYS)) < 200


@given(st.integers(1, 30), st.booleans())
def test_the_limit_is_on_the_whole_url_of_the_longest_tile(count: int, template: bool) -> None:
    colors = dict.fromkeys(range(count), "99d594")
    deepest = (30, 2**30 - 1, 2**30 - 1)
    tile = None if template else deepest
    length = len(singleband_url(BASE, KEYS, colors, tile=deepest))
    assert singleband_url(BASE, KEYS, colors, tile=tile, max_bytes=length)
    with pytest.raises(URLTooLong, match=f"the URL has {length:,} bytes, more than {length - 1:,}"):
        singleband_url(BASE, KEYS, colors, tile=tile, max_bytes=length - 1)


def test_too_many_labels_are_refused() -> None:
    with pytest.raises(URLTooLong, match="show fewer labels"):
        categorical_url(BASE, KEYS, show=["ä" * 100] * 14)


@pytest.mark.parametrize("max_bytes", [0, -1, None, "8192", 1.5])
def test_a_limit_that_is_none_is_refused(max_bytes: Any) -> None:
    with pytest.raises(CategoricalError, match=re.escape(repr(max_bytes))):
        categorical_url(BASE, KEYS, max_bytes=max_bytes)
