"""The code that the map page offers, run on somebody's site: each pixel has its class's colour."""

import json
import subprocess
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.frontend import PAGE, serving
from tests.browser.npm import DECK, MAPLIBRE, NODE, OPENLAYERS, NotFetched
from tests.browser.rasters import FIRST, LABELS, ZOOM
from tests.browser.screen import colors_of, eventually, expected_values, wrong_share
from tests.browser.system import System

SNIPPETS = Path(__file__).parents[2] / "handler" / "static" / "snippets.js"
LEAFLET = files("xstatic.pkg.leaflet") / "data"

Files = Callable[[], dict[str, bytes]]
LIBRARIES: dict[str, Files] = {
    "leaflet": lambda: {
        "library.js": (LEAFLET / "leaflet.js").read_bytes(),
        "library.css": (LEAFLET / "leaflet.css").read_bytes(),
    },
    "openlayers": lambda: {
        "library.js": OPENLAYERS.read("dist/ol.js"),
        "library.css": OPENLAYERS.read("ol.css"),
    },
    "maplibre": lambda: {
        "library.js": MAPLIBRE.read("dist/maplibre-gl.js"),
        "library.css": MAPLIBRE.read("dist/maplibre-gl.css"),
    },
    "deck": lambda: {"library.js": DECK.read("dist.min.js"), "library.css": b""},
}


def snippet(name: str, facts: dict[str, Any]) -> str:
    """The code as the map page shows it."""
    script = f"""
    const {{ SNIPPETS }} = await import({json.dumps(SNIPPETS.as_uri())});
    process.stdout.write(SNIPPETS[{json.dumps(name)}].code({json.dumps(facts)}));
    """
    command = [str(NODE / "bin" / "node"), "--input-type=module"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> tuple[str, dict[str, bytes]]:
    """The name of a map library, and its files."""
    try:
        return request.param, LIBRARIES[request.param]()
    except NotFetched as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("zoom", [ZOOM, ZOOM + 2], ids=["native", "enlarged four times"])
def test_each_pixel_on_the_screen_has_the_colour_of_its_class(
    browser: Browser, system: System, library: tuple[str, dict[str, bytes]], zoom: int
) -> None:
    name, library_files = library
    facts = {
        "client": f"{system.api}/static/categorical.js",
        "tilejson": f"{system.api}/tilejson/{FIRST.path}.json",
    }
    page_html = PAGE.format(code=snippet(name, facts)).encode()
    faults: list[str] = []

    def look_from(route: Route) -> None:
        answer = route.fetch()
        document = answer.json()
        document["center"][2] = zoom
        route.fulfill(response=answer, json=document)

    with serving({"": page_html, **library_files}) as address:
        context = browser.new_context(viewport={"width": 600, "height": 800})
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.route("**/tilejson/**", look_from)
        page.goto(address)
        page.wait_for_function("document.querySelector('#legend li')")
        assert page.locator("#legend li").all_inner_texts() == list(LABELS.values())
        shown = page.locator("#map")
        values = expected_values(FIRST.pixels, zoom, 512, 512)
        values[:, :90] = values[:, -90:] = values[:70] = values[-70:] = -1  # buttons, credits

        def wrong() -> float:
            return wrong_share(colors_of(shown), values)

        assert eventually(wrong) == 0
        context.close()
    assert faults == []
