"""Terracotta's part of the OpenAPI document, in the words of OpenAPI 3 and as the API answers.

Terracotta 0.10.1 writes schemas of responses and types of parameters as Swagger 2 had them, and
some descriptions as lists; validators and code generators refuse all three. It also describes JSON
inside of a query parameter as if it were a list of parameters, some answers wrongly, and no errors.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from terracotta.server import create_app
from terracotta.server.flask_api import SPEC

Document = dict[str, Any]

_DATASET = ("categorical", "S2", "20181010", "cloudmask")
_EXAMPLES = {
    **dict.fromkeys(("stretch_range", "r_range", "g_range", "b_range"), "[0,3]"),
    **dict.fromkeys(("r", "g", "b", "v1", "v2", "v3", "v4", "v5"), _DATASET[-1]),
    "tile_size": "[256,256]",
    "columns": '["bounds","metadata"]',
    "explicit_color_map": '{"0":"99d594","1":[43,131,186]}',
    "order_by": "[date]",
    "tile_z": 9,
    "tile_x": 277,
    "tile_y": 174,
}
_ERRORS = {"400": "invalid", "404": "unknown", "503": "away"}


@contextmanager
def undescribed() -> Iterator[None]:
    """Terracotta's application made within is not described, which took half of its making."""
    SPEC.path = lambda **_: None
    try:
        yield
    finally:
        del SPEC.path


def terracotta_document() -> Document:
    """Terracotta's OpenAPI document, valid."""
    create_app()  # describes its endpoints as it makes them
    document: Document = deepcopy(SPEC.to_dict())
    document["paths"]["/metadata"] = {"post": _several(document["paths"]["/metadata/{keys}"])}
    for path, operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            _mend_parameter(parameter)
            _give_example(path, parameter)
        for response in operation["responses"].values():
            _mend_response(response)
        if path.endswith(".png"):
            image = {"$ref": "#/components/responses/image"}
            operation["responses"]["200"] = image
        _add_errors(path, operation)
    _mend_answers(document)
    return document


def _operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            yield path, operation


def _mend_parameter(parameter: Document) -> None:
    if isinstance(parameter.get("description"), (list, tuple)):
        parameter["description"] = " ".join(parameter["description"])
    if parameter.pop("type", None) is not None:
        parameter["schema"] = {"type": "string"}
    schema = parameter.get("schema", {})
    _mend_schema(schema)
    if schema.get("type") in ("array", "object") and parameter["in"] == "query":
        parameter["schema"] = {"type": "string"}
        for name in ("explode", "style"):
            parameter.pop(name, None)
    elif schema.get("default", ...) is None:
        del schema["default"]


def _give_example(path: str, parameter: Document) -> None:
    """One that works together with those of the other parameters."""
    name, kind = parameter["name"], path.split("/")[1]
    given = parameter["schema"].pop("example", parameter["schema"].get("default"))
    several = kind in ("rgb", "compute")  # their last key comes as a parameter
    chosen = {
        **_EXAMPLES,
        "keys": "/".join(_DATASET[:-1] if several else _DATASET),
        "colormap": "explicit" if kind == "singleband" else "viridis",
        "color_transform": "gamma rgb 1.5" if kind == "rgb" else given,
    }
    parameter["example"] = chosen.get(name, given)


def _mend_response(response: Document) -> None:
    if "schema" in response:
        response["content"] = {"application/json": {"schema": response.pop("schema")}}


def _mend_schema(schema: Document) -> None:
    if isinstance(schema.get("description"), (list, tuple)):
        schema["description"] = " ".join(schema["description"])


def _add_errors(path: str, operation: Document) -> None:
    for status, name in _ERRORS.items():
        if path != "/keys" or status == "503":
            operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def _several(one: Document) -> Document:
    """POST /metadata, of which Terracotta has a view but no description."""
    parameters = [deepcopy(each) for each in one["get"]["parameters"] if each["in"] == "query"]
    keys = {"type": "array", "items": {"type": "string"}}
    body = {
        "type": "object",
        "required": ["keys"],
        "properties": {"keys": {"type": "array", "items": keys, "maxItems": 100}},
        "example": {"keys": [list(_DATASET)]},
    }
    answer = {"type": "array", "items": {"$ref": "#/components/schemas/Metadata"}}
    return {
        "summary": "/metadata (several)",
        "description": "Retrieve metadata for up to 100 datasets, each identified by its keys.",
        "parameters": parameters,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "Metadata of each dataset", "schema": answer},
            "415": {"$ref": "#/components/responses/no_json"},
        },
    }


def _mend_answers(document: Document) -> None:
    """Where the document and Terracotta's own answers differ."""
    listed = document["paths"]["/datasets"]["get"]["responses"]["200"]["content"]
    listed["application/json"]["schema"] = {"$ref": "#/components/schemas/Dataset"}
    # Only the chosen columns are there.
    document["components"]["schemas"]["Metadata"].pop("required", None)
