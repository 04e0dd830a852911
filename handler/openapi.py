"""The OpenAPI document: Terracotta's endpoints and ours."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from apispec import APISpec
from apispec_webframeworks.flask import FlaskPlugin
from flask import Flask, jsonify

from handler.openapi_components import PARAMETERS, RESPONSES
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
            "paths": {**stock["paths"], **ours["paths"]},
            "components": {**stock.get("components", {}), **ours["components"]},
        }

    app.view_functions["spec_api.specification"] = lambda: jsonify(document())


def _described(app: Flask, views: Sequence[Callable[..., Any]]) -> APISpec:
    spec = APISpec("", "", VERSION, plugins=[FlaskPlugin()])
    for name, (location, parameter) in PARAMETERS.items():
        spec.components.parameter(name, location, parameter)
    for name, response in RESPONSES.items():
        spec.components.response(name, response)
    for view in views:
        spec.path(view=view, app=app)
    return spec
