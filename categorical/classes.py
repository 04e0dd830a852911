"""The classes of a categorical raster: which pixel value bears which label, and in which colour.

Class files come in two forms, both JSON: a mapping from label to pixel value, as in Terracotta's
guide to categorical data, `{"clear land": 0, "cloud": 2}`, or the STAC classification extension
v2 (https://github.com/stac-extensions/classification), `{"classification:classes": [{"value": 0,
"name": "clear_land", "title": "Clear land", "color_hint": "99d594"}]}`. They are parsed leniently
and written strictly.
"""

import codecs
import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from categorical.colors import TRANSPARENT, Color, parse_color
from categorical.errors import InvalidClassFile, InvalidColor

MAX_CLASSES = 65_536
MAX_LABEL_LENGTH = 500
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_CONTROL = {"Cc", "Cs", "Zl", "Zp"}
_NAME = re.compile(r"[0-9A-Za-z_-]+")
_LISTS = ("classification:classes", "classes")


@dataclass(frozen=True)
class Class:
    """One class: `value` in the raster, `name` for machines, `label` for people.

    `color` is None until one is given or assigned. Pixels of a `nodata` class are not drawn.
    """

    value: int
    name: str
    label: str
    color: Color | None = None
    nodata: bool = False
    description: str = ""

    @property
    def drawn_color(self) -> Color:
        """The colour its pixels are drawn in: with alpha 0 if it is nodata or has none."""
        color = self.color or TRANSPARENT
        return color._replace(alpha=0) if self.nodata else color


def parse_class_file(content: bytes | str) -> tuple[Class, ...]:
    """The classes in a class file of either form, ordered by value.

    Raises InvalidClassFile, which lists every fault found.
    """
    return parse_classes(_parse_json(content))


def parse_classes(document: object) -> tuple[Class, ...]:
    """The classes in a decoded class file of either form, ordered by value.

    Lenient in form: a bare list of STAC classes, `{"0": "clear land"}` with values and labels
    swapped, integers written as `"2"` or `2.0`, a missing `name` or `title`. Strict in content:
    values are integers, and no value and no label occurs twice. Raises InvalidClassFile, which
    lists every fault found.
    """
    faults: list[str] = []
    classes = list(_classes_in(document, faults))
    faults += _repeated_values(classes)
    faults += _duplicates("label", (item.label for item in classes))
    if not classes and not faults:
        faults.append("it holds no classes")
    if len(classes) > MAX_CLASSES:
        faults.append(f"it holds {len(classes):,} classes, more than {MAX_CLASSES:,}")
    if faults:
        raise InvalidClassFile(faults)
    return _with_unique_names(sorted(classes, key=lambda item: item.value))


def to_categories(classes: Iterable[Class]) -> dict[str, int]:
    """{label: value}, the `categories` of Terracotta's guide, ordered by value."""
    return {item.label: item.value for item in sorted(classes, key=lambda item: item.value)}


def to_stac(item: Class) -> dict[str, Any]:
    """One class object of the STAC classification extension v2.

    `color_hint` is RGB as the extension demands; an `alpha` below 255 stands beside it.
    """
    stac: dict[str, Any] = {"value": item.value, "name": item.name, "title": item.label}
    if item.description:
        stac["description"] = item.description
    if item.color is not None:
        stac["color_hint"] = item.color.hex
        if item.color.alpha < 255:
            stac["alpha"] = item.color.alpha
    stac["nodata"] = item.nodata
    return stac


def slug(label: str) -> str:
    """A name as STAC wants it, of `A-Z a-z 0-9 _ -` only: `clear_land` for "Clear land"."""
    return re.sub(r"[^0-9a-z-]+", "_", label.lower()).strip("_") or "class"


# --- reading -------------------------------------------------------------------------------------


def _parse_json(content: bytes | str) -> object:
    try:
        text = _decode(content) if isinstance(content, bytes) else content
        if not text.strip():
            raise InvalidClassFile(["it is empty"])
        return json.loads(text, object_pairs_hook=_pairs)
    except UnicodeDecodeError as error:
        fault = f"it is not {error.encoding.upper()} text (byte {error.start}): save it as UTF-8"
        raise InvalidClassFile([fault]) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidClassFile([f"it is not JSON: {error.msg} at {where}"]) from error
    except RecursionError as error:
        raise InvalidClassFile(["it is not a class file: JSON nested too deeply"]) from error
    except InvalidClassFile:  # from _pairs
        raise
    except ValueError as error:  # an integer of thousands of digits
        raise InvalidClassFile([f"it is not JSON: {error}"]) from error


def _decode(content: bytes) -> str:
    """UTF-8; or UTF-16 where a byte order mark says so, as PowerShell writes it."""
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf_16 else "utf-8-sig")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object as a dict; JSON keeps the last of two equal names in silence, we do not."""
    twice = _duplicates("name", (name for name, _ in pairs))
    if twice:
        raise InvalidClassFile(twice)
    return dict(pairs)


def _classes_in(document: object, faults: list[str]) -> Iterator[Class]:
    if isinstance(document, Mapping):
        for key in _LISTS:
            if isinstance(document.get(key), list):
                return _from_stac(document[key], faults)
        return _from_mapping(document, faults)
    if isinstance(document, list):
        return _from_stac(document, faults)
    faults.append('it must be {"label": value, ...} or {"classification:classes": [...]}')
    return iter(())


def _from_mapping(mapping: Mapping[str, Any], faults: list[str]) -> Iterator[Class]:
    swapped = bool(mapping) and all(
        _INTEGER.fullmatch(key) and isinstance(label, str) and not _INTEGER.fullmatch(label)
        for key, label in mapping.items()
    )
    for key, other in mapping.items():
        label, value = (other, key) if swapped else (key, other)
        yield from _class(label, value, faults)


def _from_stac(items: Sequence[Any], faults: list[str]) -> Iterator[Class]:
    for number, item in enumerate(items, start=1):
        if not isinstance(item, Mapping):
            faults.append(f"class {number} is {_shown(item)}, not an object")
            continue
        label = item.get("title") or item.get("name") or item.get("description")
        if not isinstance(label, str):
            faults.append(
                f"class {number} (value {_shown(item.get('value'))}) has no title or name"
            )
            continue
        yield from _class(label, item.get("value"), faults, item)


def _class(
    label: str, value: object, faults: list[str], stac: Mapping[str, Any] | None = None
) -> Iterator[Class]:
    """The class, or none and a fault for each thing that is wrong with it."""
    stac = stac or {}
    label = label.strip()
    found = [*_label_faults(label, value), *_value_faults(label, value)]
    color, nodata = stac.get("color_hint"), stac.get("nodata")
    parsed: Color | None = None
    if color is not None:
        try:
            parsed = _with_alpha(parse_color(color), stac.get("alpha"))
        except InvalidColor as error:
            found.append(f'the color_hint of "{label}": {error}')
    if not isinstance(nodata, bool | None):
        found.append(f'nodata of "{label}" is {_shown(nodata)}, not true or false')
    faults += found
    if not found:
        name, description = stac.get("name"), stac.get("description")
        yield Class(
            value=int(value),  # type: ignore[call-overload]
            name=name if isinstance(name, str) and _NAME.fullmatch(name) else slug(label),
            label=label,
            color=parsed,
            nodata=nodata is True,
            description=description if isinstance(description, str) else "",
        )


def _with_alpha(color: Color, alpha: object) -> Color:
    return color if alpha is None else parse_color([color.red, color.green, color.blue, alpha])


def _label_faults(label: str, value: object) -> Iterator[str]:
    if not label:
        yield f"a label is empty (value {_shown(value)})"
    if len(label) > MAX_LABEL_LENGTH:
        yield f"the label {_shown(label)} is longer than {MAX_LABEL_LENGTH} characters"
    if any(unicodedata.category(char) in _CONTROL for char in label):
        yield f"the label {_shown(label)} holds a control character"


def _value_faults(label: str, value: object) -> Iterator[str]:
    text = f'the value of "{label[:60]}" is {_shown(value)}'
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        yield f"{text}, not an integer"
    elif isinstance(value, str) and not _INTEGER.fullmatch(value.strip()):
        yield f"{text}, not an integer"
    elif isinstance(value, float) and not (math.isfinite(value) and value.is_integer()):
        yield f"{text}, not an integer"
    elif not -(2**63) <= int(value) < 2**64:
        yield f"{text}, outside of the 64-bit integers"


def _duplicates(what: str, values: Iterable[object]) -> list[str]:
    return [
        f"the {what} {_shown(value)} occurs {count} times"
        for value, count in Counter(values).items()
        if count > 1
    ]


def _repeated_values(classes: Iterable[Class]) -> Iterator[str]:
    labels: dict[int, list[str]] = {}
    for item in classes:
        labels.setdefault(item.value, []).append(item.label)
    for value, several in labels.items():
        if len(several) > 1:
            yield f"the value {value} occurs {len(several)} times: {_shown(several)}"


def _with_unique_names(classes: Iterable[Class]) -> tuple[Class, ...]:
    """Labels such as "Wald" and "wald!" would share a name: the later ones get their value too."""
    taken: set[str] = set()
    unique = []
    for item in classes:
        name = item.name
        while name in taken:
            name = f"{name}_{item.value}" if name == item.name else f"{name}_"
        taken.add(name)
        unique.append(replace(item, name=name))
    return tuple(unique)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 80 else f"{text[:77]}..."
