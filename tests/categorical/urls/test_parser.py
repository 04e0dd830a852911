import re
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from categorical.errors import CategoricalError
from categorical.urls import Tile, TileURL, categorical_url, parse_url, singleband_url

BASE = "https://abc.execute-api.eu-west-1.amazonaws.com/prod"
KEYS = ("categorical", "S2", "20181010", "cloudmask")
GUIDE = {0: "99d594", 1: "2b83ba", 2: "ffffff", 3: "404040"}
GUIDE_JSON = '{"0": "99d594", "1": "2b83ba", "2": "ffffff", "3": "404040"}'
NO_LIMIT = 10**9

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
bases = st.sampled_from([BASE, "http://127.0.0.1:5000", "http://[::1]/a/b-c_d.e~f"])
key_values = st.sampled_from(["singleband", "categorical", "{z}", "0", "a.png", "a+b"]) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/?#%\\"),
    min_size=1,
    max_size=8,
).filter(lambda key: key == key.strip() and key not in (".", ".."))
key_lists = st.lists(key_values, min_size=1, max_size=5).map(tuple)
tiles = st.none() | st.integers(0, 30).flatmap(
    lambda z: st.builds(Tile, st.just(z), st.integers(0, 2**z - 1), st.integers(0, 2**z - 1))
)
channels = st.integers(0, 255)
written_colors = st.from_regex("[0-9a-f]{6}", fullmatch=True) | st.tuples(
    channels, channels, channels, st.integers(0, 254)
)
color_maps = st.dictionaries(
    st.integers(-(2**63), 2**64 - 1), written_colors, min_size=1, max_size=5
)
numbers = st.integers(1 - 2**53, 2**53 - 1) | st.floats(-1e9, 1e9)
# Text that spells a number or a list comes back as one.
plain_texts = texts.filter(lambda text: text[0] not in "-0123456789[tf")
options = st.dictionaries(
    st.sampled_from(["tile_size", "stretch_range", "color_transform", "show", "v"]),
    numbers | st.booleans() | plain_texts | st.lists(numbers | texts | st.none()).map(tuple),
)
singleband_parts = st.builds(
    TileURL, st.just("singleband"), bases, key_lists, tiles, color_maps, options
)
categorical_parts = st.builds(
    TileURL,
    st.just("categorical"),
    bases,
    key_lists,
    tiles,
    show=st.lists(texts).map(tuple),
    version=st.none() | texts,
)


def build(parts: TileURL) -> str:
    if parts.kind == "categorical":
        return categorical_url(
            parts.base,
            parts.keys,
            tile=parts.tile,
            show=parts.show,
            version=parts.version,
            max_bytes=NO_LIMIT,
        )
    further: dict[str, Any] = dict(parts.options)
    return singleband_url(
        parts.base, parts.keys, parts.colors, tile=parts.tile, max_bytes=NO_LIMIT, **further
    )


# --- there and back ------------------------------------------------------------------------------


@given(singleband_parts | categorical_parts)
def test_what_went_in_comes_back(parts: TileURL) -> None:
    assert parse_url(build(parts)) == parts


def reencode(url: str, data: st.DataObject) -> str:
    """`url` as browsers, proxies and clients may pass it on, with the same meaning."""

    def another_way(escape: re.Match[str]) -> str:
        char = chr(int(escape[0][1:], 16))
        ways = [escape[0], escape[0].lower()]
        if char in "{}[]|^:,\"`<>!'()*":
            ways.append(char)
        if char == " " and "?" in url[: escape.start()]:
            ways.append("+")
        return data.draw(st.sampled_from(ways))

    def escaped(unreserved: re.Match[str]) -> str:
        return data.draw(st.sampled_from([unreserved[0], f"%{ord(unreserved[0]):02X}"]))

    head, mark, query = re.sub("%[0-9A-F]{2}", another_way, url).partition("?")
    head = data.draw(st.sampled_from([head, head.replace("{", "%7B").replace("}", "%7D")]))
    return head + mark + re.sub("(?<![%0-9A-Fa-f])[~_g-z]", escaped, query)


@given(singleband_parts | categorical_parts, st.data())
def test_what_was_re_encoded_on_the_way_means_the_same(parts: TileURL, data: st.DataObject) -> None:
    assert parse_url(reencode(build(parts), data)) == parts


@given(singleband_parts | categorical_parts)
def test_requests_changes_no_meaning(parts: TileURL) -> None:
    prepared = requests.Request("GET", build(parts)).prepare().url
    assert prepared is not None
    assert parse_url(prepared) == parts


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(f"colormap=explicit&explicit_color_map={GUIDE_JSON}", id="raw"),
        pytest.param(
            urlencode({"explicit_color_map": GUIDE_JSON, "colormap": "explicit"}), id="a form"
        ),
        pytest.param(
            f"&colormap=explicit&&explicit_color_map={GUIDE_JSON}&", id="empty parameters"
        ),
        pytest.param(
            'colormap=explicit&explicit_color_map={"3":[64,64,64],'
            '"0":"%2399D594","1":"2b83baff","2":"fff"}',
            id="other colours",
        ),
    ],
)
def test_the_guides_request_in_other_forms(query: str) -> None:
    url = f"{BASE}/singleband/{'/'.join(KEYS)}/3/1/2.png?{query}"
    assert parse_url(url) == TileURL("singleband", BASE, KEYS, Tile(3, 1, 2), GUIDE)


def test_text_that_is_not_encoded_at_all() -> None:
    assert parse_url("https://h/categorical/clear land/Äcker/{z}/{x}/{y}.png?show=森") == TileURL(
        "categorical", "https://h", ("clear land", "Äcker"), show=("森",)
    )


def test_a_list_comes_back_as_a_tuple_and_a_number_as_a_number() -> None:
    parsed = parse_url(
        singleband_url(BASE, KEYS, GUIDE, tile_size=[512, 512], gamma="1.5", x="1.50")
    )
    assert parsed.options == {"tile_size": (512, 512), "gamma": 1.5, "x": "1.50"}


# --- bad input -----------------------------------------------------------------------------------

TILE = f"{BASE}/singleband/a/0/0/0.png"
EXPLICIT = "colormap=explicit&explicit_color_map=%7B%220%22%3A%22ffffff%22%7D"
SHORT = f"{BASE}/categorical/a/0/0/0.png"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        (None, "None is no URL"),
        (b"https://h", "b'https://h' is no URL"),
        ("", "'' is no /singleband/"),
        (BASE, "is no /singleband/"),
        ("/singleband/a/0/0/0.png", "'' is no base URL"),
        ("https://h/rgb/a/0/0/0.png", "'https://h/rgb/a/0/0/0.png' is no /singleband/"),
        ("https://u:p@h/categorical/a/0/0/0.png", "'https://u:p@h' is no base URL"),
        (f"{BASE}/categorical/a/0/0/0", "is no /singleband/... or /categorical/... tile (.png)"),
        (f"{BASE}/categorical/a/preview.png", "'a/preview' is no tile"),
        (f"{BASE}/categorical/0/0/0.png", "() names no dataset"),
        (f"{BASE}/categorical/a//0/0/0.png", "a key value is empty"),
        (f"{BASE}/categorical/a/0/0/1.png", "the tile [0, 0, 1] is outside"),
        (f"{BASE}/categorical/a%2Fb/0/0/0.png", "'a/b' holds '/'"),
        (f"{BASE}/categorical/a/0%2F0/0.png", "is no tile"),
        (f"{BASE}/categorical/a%2520b/0/0/0.png", "is encoded twice"),
        (f"{BASE}/categorical/a/%257Bz%257D/%257Bx%257D/%257By%257D.png", "is encoded twice"),
        (f"{BASE}/categorical/100%/0/0/0.png", "'%' in '100%' is no escape"),
        (f"{BASE}/categorical/%ff/0/0/0.png", "'%ff' does not decode"),
        (f"{SHORT}#here", "raw #"),
        (f"{SHORT}?show=a;b", "raw ;"),
        (f"{SHORT}?show=a\n", "control character"),
        (f"{SHORT}?show=\ud800", "half a surrogate pair"),
        (f"{SHORT}?show=", "the label '' is empty"),
        (f"{SHORT}?v", "the version '' is empty"),
        (f"{SHORT}?v=1&v=2", "the parameter 'v' is given more than once"),
        (f"{SHORT}?{EXPLICIT}", "is not among the parameters of a categorical tile"),
        (f"{SHORT}?show=100%", "'%' in '100%' is no escape"),
        (TILE, "colormap is None"),
        (f"{TILE}?colormap=explicit", "explicit_color_map None"),
        (f"{TILE}?colormap=viridis&explicit_color_map=%7B%7D", "colormap is 'viridis'"),
        (
            f"{TILE}?{EXPLICIT}&colormap=explicit",
            "the parameter 'colormap' is given more than once",
        ),
        (f"{TILE}?{EXPLICIT}&tile=3", "'tile' is no name"),
        (f"{TILE}?colormap=explicit&explicit_color_map=%257B%25220%2522", "is encoded twice"),
        (
            f"{TILE}?colormap=explicit&explicit_color_map=%7B%220%22%3A%22red%22%7D",
            "pixel value 0: 'red'",
        ),
        (f"{TILE}?colormap=explicit&explicit_color_map=%7B%7D", "is empty"),
        (f'{TILE}?colormap=explicit&explicit_color_map={{"0":"#fff"}}', "raw #"),
    ],
)
def test_what_has_no_one_meaning_is_refused_by_its_name(url: Any, fault: str) -> None:
    with pytest.raises(CategoricalError, match=re.escape(fault)):
        parse_url(url)


fragments = st.sampled_from(
    [
        "https://h",
        "/singleband",
        "/categorical",
        "/a",
        "/0",
        ".png",
        "/{z}/{x}/{y}.png",
        "?",
        "&",
        "=",
        "#",
        "%",
        "%7B",
        "%25",
        "show",
        "v",
        "colormap=explicit",
        "explicit_color_map=",
        '{"0":"fff"}',
        "[1,2]",
        "tile_size",
    ]
)


@given(st.lists(fragments | st.text(max_size=3), max_size=12).map("".join))
def test_any_text_is_read_or_refused(url: str) -> None:
    try:
        parsed = parse_url(url)
    except CategoricalError:
        return
    assert parse_url(build(parsed)) == parsed
