"""axe-core's rules (WCAG 2, AA and good practice) on the pages in use, light and dark."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Open
from tests.browser.npm import AXE, NotFetched
from tests.browser.rasters import CONTINUOUS, FIRST

LEAST_RULES = 15


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        return AXE.read("axe.min.js").decode()
    except NotFetched as error:
        pytest.skip(str(error))


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    result: dict[str, Any] = page.evaluate("axe.run()")
    assert len(result["passes"]) > LEAST_RULES
    return [
        f"{rule['help']}: {[node['html'] for node in rule['nodes']]}"
        for rule in result["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_map_page_with_all_of_it_open(
    visit: Open, axe: str, scheme: str, viewport: dict[str, int]
) -> None:
    page = visit(f"/map/{FIRST.path}", viewport, color_scheme=scheme)
    page.get_by_text("Areas in this view").click()
    page.get_by_text("Put this map on your site").click()
    page.get_by_role("button", name="In the middle of the map").click()
    page.get_by_role("checkbox", name="Forest").uncheck()
    expect(page.locator(".leaflet-popup")).to_contain_text("°")
    expect(page.locator("#areas-table")).to_be_visible()
    assert violations(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", f"/map/{CONTINUOUS.path}"])
def test_the_other_pages(visit: Open, axe: str, scheme: str, path: str) -> None:
    page = visit(path, color_scheme=scheme)
    page.wait_for_load_state("networkidle")
    assert violations(page, axe) == []
