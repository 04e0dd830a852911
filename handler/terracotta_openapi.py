"""Terracotta's part of the OpenAPI document, in the words of OpenAPI 3.

Terracotta 0.10.1 writes schemas of responses and types of parameters as Swagger 2 had them, and
some descriptions as lists; validators and code generators refuse all three.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from terracotta.server.flask_api import SPEC

Document = dict[str, Any]


def terracotta_document() -> Document:
    """Terracotta's OpenAPI document, valid."""
    document: Document = deepcopy(SPEC.to_dict())
    for operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            _mend_parameter(parameter)
        for response in operation["responses"].values():
            _mend_response(response)
    return document


def _operations(document: Document) -> Iterator[Document]:
    for path in document["paths"].values():
        yield from path.values()


def _mend_parameter(parameter: Document) -> None:
    if isinstance(parameter.get("description"), (list, tuple)):
        parameter["description"] = " ".join(parameter["description"])
    if parameter.pop("type", None) is not None:
        parameter["schema"] = {"type": "string"}
    _mend_schema(parameter.get("schema", {}))


def _mend_response(response: Document) -> None:
    if "schema" in response:
        response["content"] = {"application/json": {"schema": response.pop("schema")}}


def _mend_schema(schema: Document) -> None:
    if isinstance(schema.get("description"), (list, tuple)):
        schema["description"] = " ".join(schema["description"])
