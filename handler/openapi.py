"""The OpenAPI document: Terracotta's endpoints and ours."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from apispec import APISpec
from apispec_webframeworks.flask import FlaskPlugin
from flask import Flask, Response

from handler.documents import JSON, to_json
from handler.openapi_components import PARAMETERS, RESPONSES, SCHEMAS
from handler.openapi_examples import EXAMPLES
from handler.terracotta_openapi import terracotta_document

VERSION = "3.0.3"


def describe(app: Flask, views: Sequence[Callable[..., Any]]) -> None:
    """Makes `app`'s /swagger.json, which /apidoc shows, describe `views` as well.

    Their docstrings are in the form of apispec and may name `PARAMETERS` and `RESPONSES`.
    """

    @cache
    def document() -> dict[str, Any]:
        ours = _described(app, views).to_dict()
        stock = terracotta_document()
        return {
            **stock,
            "openapi": VERSION,
            "paths": _bounded({**stock["paths"], **ours["paths"]}),
            "components": _merged(stock.get("components", {}), ours["components"]),
        }

    app.view_functions["spec_api.specification"] = lambda: Response(
        to_json(document()), mimetype=JSON
    )


def _bounded(paths: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The paths; that an answer may be too large holds for all."""
    for operations in paths.values():
        for operation in operations.values():
            operation["responses"].setdefault("413", {"$ref": "#/components/responses/large"})
    return paths


def _merged(
    one: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The components of both, kind by kind."""
    kinds = one.keys() | other.keys()
    return {kind: {**one.get(kind, {}), **other.get(kind, {})} for kind in sorted(kinds)}


def _described(app: Flask, views: Sequence[Callable[..., Any]]) -> APISpec:
    spec = APISpec("", "", VERSION, plugins=[FlaskPlugin()])
    for name, (location, parameter) in PARAMETERS.items():
        spec.components.parameter(name, location, parameter)
    for name, response in RESPONSES.items():
        spec.components.response(name, _with_example(name, response))
    for name, schema in SCHEMAS.items():
        spec.components.schema(name, schema)
    for view in views:
        spec.path(view=view, app=app)
    return spec


def _with_example(name: str, response: dict[str, Any]) -> dict[str, Any]:
    if name not in EXAMPLES:
        return response
    content = {
        kind: {**media, "example": EXAMPLES[name]} for kind, media in response["content"].items()
    }
    return {**response, "content": content}
