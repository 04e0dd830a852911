"""`python -m tests.browser.picture`: makes docs/map.png anew, of the demo data."""

import io
from pathlib import Path

from PIL import Image

from infra.local.demo import EUROPE
from tests.browser import chromium
from tests.browser.system import running

PICTURE = Path(__file__).parents[2] / "docs" / "map.png"
VIEW = "#5/47.5/13"
SIZE = {"width": 1200, "height": 750}
PLACE = (368, 352)  # of the screen
COLORS = 128


def main() -> None:
    path = chromium.find()
    if path is None:
        raise SystemExit(chromium.REMEDY)
    dataset = "/".join(EUROPE)
    with running() as system, chromium.launched(path) as browser:
        system.wait_for(f"reports/{dataset}.tif.json")
        system.wait_for(f"reports/{dataset.replace('-europe', '')}.tif.json")
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.goto(f"{system.api}/map/{dataset}{VIEW}", wait_until="networkidle")
        page.mouse.click(*PLACE)
        page.wait_for_selector(".leaflet-popup .categorical-swatch")
        page.wait_for_load_state("networkidle")
        shot = Image.open(io.BytesIO(page.screenshot()))
    shot.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
