"""The list of maps, in a real browser before the whole system."""

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.system import System


def test_from_the_list_to_a_map_and_back(visit: Open, system: System) -> None:
    page = visit("/")
    expect(page.get_by_text("5 products")).to_be_visible()
    page.get_by_label("Words in the keys of datasets").fill("noise")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("1 product with “noise”")).to_be_visible()
    page.get_by_role("link", name="categorical / test / noise").click()
    expect(page).to_have_title("categorical / test / 2021 / noise")  # the newest date
    page.get_by_role("link", name="All maps").click()
    expect(page).to_have_url(f"{system.api}/")
    pictures = page.locator("img.thumbnail")
    assert pictures.count() == 4
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete", arg=picture.element_handle())
        assert picture.evaluate("image => image.naturalWidth") == 320


def test_the_address_that_a_deployment_prints_has_no_slash(visit: Open, system: System) -> None:
    page = visit("")
    expect(page).to_have_url(f"{system.api}/")
    expect(page.get_by_role("heading", name="Maps")).to_be_visible()
