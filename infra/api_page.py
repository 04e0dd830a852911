"""`python -m infra.api_page` writes docs/api.md from the OpenAPI document."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from handler.app import create_app

PAGE = Path(__file__).parent.parent / "docs" / "api.md"

Document = dict[str, Any]

_WIDTH = 150  # of a line of an example

_INTRODUCTION = """\
# The API

Every endpoint, with an example of what it answers; the tests ask for all of them and compare. The
same for programs is under `/swagger.json` (OpenAPI 3), and `/apidoc` shows it in the browser. This
page is written by `make docs`.

Paths are relative to the address that `make run` or `zappa deploy` prints, with its stage.
`{keys}` stands for the values of all keys in order, with slashes between:
`categorical/S2/20181010/cloudmask`. [urls.md](urls.md) says how to encode what is in a URL.

**Errors** are JSON, `{"message": "..."}`, and say what to do: 400 for what the caller can mend,
with the parameter's name; 404 for a dataset, class list or place that is not there; 413 for more
than the API's [settings](settings.md) allow in one request; 503 with `Retry-After` when storage or
database are away.

**Caching.** Answers have an ETag, and a request with `If-None-Match` costs nothing. An address with
`v=` and the dataset's version, which TileJSON already has in it, may be kept for a year; any other
answer for a minute.

**Other origins.** Pages of every origin may read tiles, JSON and errors, unless the settings
`TC_ALLOWED_ORIGINS_TILES` (pictures) and `TC_ALLOWED_ORIGINS_METADATA` (all else) name some: JSON
lists such as `["https://maps.example"]`.

**Areas** are square metres on the WGS 84 ellipsoid, of the pixels whose centre lies inside.
`counts` and `areas` are `exact` where native pixels were read, at `resolution` 1. Of a large raster
an overview is read; then they are `estimated`, and `resolution` says how many native pixels wide
those of the overview are. An answer for which no pixel had to be read has the resolution null.
"""


def api_page() -> str:
    """The page, Markdown: a section for each endpoint, our own first."""
    document = create_app().test_client().get("/swagger.json").get_json()
    endpoints = sorted(_endpoints(document), key=lambda each: _order(each[0], each[1]))
    return "\n".join([_INTRODUCTION, *(_section(document, *each) for each in endpoints)])


def _endpoints(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield path, method.upper(), operation


_OF_TERRACOTTA = ("keys", "datasets", "metadata", "colormap", "singleband", "rgb", "compute")


def _order(path: str, method: str) -> tuple[bool, str, str]:
    return path.split("/")[1] in _OF_TERRACOTTA, path, method


def _section(document: Document, path: str, method: str, operation: Document) -> str:
    parameters = [_resolved(document, each) for each in operation.get("parameters", [])]
    answers = {
        status: _resolved(document, answer) for status, answer in operation["responses"].items()
    }
    return "\n".join(
        [
            f"## `{method} {path}`\n",
            f"{operation['description'].strip()}\n",
            *_parameter_rows(parameters),
            *_body(document, operation),
            *_answer_rows(answers),
            *_example(answers),
        ]
    )


def _resolved(document: Document, item: Document) -> Document:
    """What a reference stands for, or the item itself."""
    found = document
    for name in item.get("$ref", "").split("/")[1:]:
        found = found[name]
    return found if "$ref" in item else item


def _parameter_rows(parameters: list[Document]) -> Iterator[str]:
    if parameters:
        yield "| parameter | in | example | meaning |\n|---|---|---|---|"
        for each in parameters:
            name = f"`{each['name']}`" + (" (required)" if each.get("required") else "")
            example = each.get("example")
            shown = "" if example is None else f"`{_inline(example)}`"
            yield f"| {name} | {each['in']} | {shown} | {each['description']} |"
        yield ""


def _inline(example: object) -> str:
    return example if isinstance(example, str) else json.dumps(example)


def _body(document: Document, operation: Document) -> Iterator[str]:
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        schema = _resolved(document, media["schema"])
        yield f"Body, `{kind}`: {schema.get('description', 'as here')}.\n"
        yield from _block(schema["example"])


def _answer_rows(answers: dict[str, Document]) -> Iterator[str]:
    yield "| status | answer |\n|---|---|"
    for status, answer in sorted(answers.items()):
        kinds = ", ".join(f"`{kind}`" for kind in answer.get("content", {}))
        yield f"| {status} | {answer['description']}{f' ({kinds})' if kinds else ''} |"
    yield ""


def _example(answers: dict[str, Document]) -> Iterator[str]:
    for media in answers["200"].get("content", {}).values():
        if "example" in media:
            yield from _block(media["example"])


def _block(example: object) -> Iterator[str]:
    yield f"```json\n{_pretty(example)}\n```\n"


def _pretty(value: object, indent: str = "") -> str:
    """JSON with as much on a line as fits."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= _WIDTH or not isinstance(value, (dict, list)):
        return line
    deeper = f"{indent} "
    if isinstance(value, list):
        return f"[{_between(deeper).join(_pretty(each, deeper) for each in value)}]"
    members = (f"{json.dumps(name)}: {_pretty(each, deeper)}" for name, each in value.items())
    return f"{{{_between(deeper).join(members)}}}"


def _between(indent: str) -> str:
    return f",\n{indent}"


if __name__ == "__main__":
    PAGE.write_text(api_page(), encoding="utf-8")
