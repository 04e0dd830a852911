"""docs/api.md is what the OpenAPI document says, and that names every route."""

import re

from handler.app import create_app
from infra.api_page import PAGE, api_page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == api_page(), "run python -m infra.api_page"


def test_the_page_has_every_route() -> None:
    app = create_app()
    routes = {
        f"{method} {_braces(rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith("/static/<path:filename>") and "signed=True" not in rule.rule
    }
    headings = set(re.findall(r"^## `(.+)`$", PAGE.read_text(encoding="utf-8"), re.M))
    # The document itself, which the introduction names, and what databases with one key have.
    assert routes - headings == {
        *("GET /swagger.json", "GET /apidoc"),
        *(f"GET /{kind}/preview.png" for kind in ("rgb", "compute")),
        *(f"GET /{kind}/{{tile_z}}/{{tile_x}}/{{tile_y}}.png" for kind in ("rgb", "compute")),
    }
    assert headings <= routes


def _braces(rule: str) -> str:
    """`/classes/{keys}`: a route as OpenAPI writes it."""
    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule)
