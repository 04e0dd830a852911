"""What people do on the map page, in a real browser before the whole system."""

import json
import re
from collections.abc import Callable
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import PHONE, Open, Watch
from tests.browser.rasters import (
    CONTINUOUS,
    FIRST,
    LABELS,
    MANY,
    ODD,
    ODD_LABELS,
    PACIFIC,
    SECOND,
    SIDE,
    WIDE,
    ZOOM,
    Pixels,
)
from tests.browser.screen import colors_of, eventually, expected_values, wrong_share
from tests.browser.system import System

SEA = "E3E9EE"
MIDDLE = 300  # pixels of the screen that are looked at, around the map's middle


def map_of(dataset_path: str) -> str:
    return f"/map/{quote(dataset_path)}"


def wrong(page: Page, pixels: Pixels, zoom: int, hidden: dict[int, str] | None = None) -> float:
    """The share of wrong pixels around the middle, once it no longer shrinks to none."""
    box = page.locator("#map").bounding_box()
    assert box
    width, height = int(box["width"]), int(box["height"])
    values = expected_values(pixels, zoom, width, height)
    near = np.full(values.shape, -1)
    rows, columns = ((size - MIDDLE) // 2 for size in (height, width))
    cut = np.s_[rows : rows + MIDDLE, columns : columns + MIDDLE]
    near[cut] = values[cut]
    return eventually(lambda: wrong_share(colors_of(page.locator("#map")), near, hidden))


def switch(page: Page, label: str) -> Locator:
    """The switch of a class."""
    return page.get_by_role("checkbox", name=label)


@pytest.fixture
def noise(visit: Open) -> Page:
    """The map page of a dataset with four classes and two dates."""
    return visit(map_of(FIRST.path))


def test_the_whole_dataset_shows_in_its_colours(noise: Page) -> None:
    expect(noise).to_have_title("categorical / test / 2020 / noise")
    assert wrong(noise, FIRST.pixels, ZOOM + 1) == 0


def test_a_dataset_on_the_antimeridian_shows_whole(visit: Open) -> None:
    """On both sides of it, at the zoom of its own width, though its bounds are the world's."""
    page = visit(map_of(PACIFIC.path))
    assert wrong(page, PACIFIC.pixels, ZOOM) == 0

    with page.expect_response(re.compile("/statistics/")) as answer:
        page.get_by_text("Areas in this view").click()
    counts = {row["value"]: row["count"] for row in answer.value.json()["classes"]}
    assert counts == {value: int((PACIFIC.pixels == value).sum()) for value in LABELS}


def test_switches_of_classes_change_the_tiles(noise: Page) -> None:
    switch(noise, "Forest").uncheck()
    expect(noise.get_by_text("3 of 4 classes are shown")).to_be_visible()
    assert wrong(noise, FIRST.pixels, ZOOM + 1, {1: SEA}) == 0

    noise.get_by_role("button", name="Show only Water").click()
    assert wrong(noise, FIRST.pixels, ZOOM + 1, {1: SEA, 2: SEA, 4: SEA}) == 0
    assert noise.get_by_role("checkbox").evaluate_all("all => all.map((one) => one.checked)") == [
        *(False, False, True, False)
    ]

    noise.get_by_role("button", name="Hide all").click()
    assert wrong(noise, FIRST.pixels, ZOOM + 1, dict.fromkeys(LABELS, SEA)) == 0

    noise.get_by_role("button", name="Show all").click()
    assert wrong(noise, FIRST.pixels, ZOOM + 1) == 0


def test_a_click_names_the_class_there(noise: Page) -> None:
    box = noise.locator("#map").bounding_box()
    assert box
    values = expected_values(FIRST.pixels, ZOOM + 1, int(box["width"]), int(box["height"]))
    row, column = values.shape[0] // 2 + 40, values.shape[1] // 2 - 60
    noise.wait_for_selector(".leaflet-tile-loaded")
    noise.mouse.click(box["x"] + column + 0.5, box["y"] + row + 0.5)
    label = LABELS[values[row, column]]
    expect(noise.locator(".leaflet-popup")).to_contain_text(label)
    expect(noise.locator("#place")).to_contain_text(re.compile(rf"{label}.+49\.\d+° N, 14\.\d+° E"))


def test_without_a_mouse(noise: Page) -> None:
    noise.wait_for_selector(".leaflet-tile-loaded")
    noise.keyboard.press("Tab")
    expect(noise.get_by_role("link", name="All maps")).to_be_focused()
    noise.keyboard.press("Tab")
    expect(noise.locator("#map")).to_be_focused()
    noise.keyboard.press("Enter")
    middle = FIRST.pixels[SIDE // 2 - 1 : SIDE // 2 + 1, SIDE // 2 - 1 : SIDE // 2 + 1]
    expect(noise.locator("#place")).to_contain_text(
        re.compile("|".join(LABELS[value] for value in np.unique(middle)))
    )
    noise.keyboard.press("Escape")
    expect(noise.locator(".leaflet-popup")).to_have_count(0)
    switch(noise, "Forest").focus()
    noise.keyboard.press("Space")
    expect(noise.get_by_text("3 of 4 classes are shown")).to_be_visible()


def test_a_place_outside_and_the_way_back(visit: Open, watch: Watch) -> None:
    watch.allowed = ("404",)
    page = visit(f"{map_of(FIRST.path)}#12/49.5/14")
    page.get_by_text("Areas in this view").click()
    expect(page.get_by_text("The dataset is not in this view.")).to_be_visible()
    page.get_by_role("button", name="In the middle of the map").click()
    expect(page.locator("#place")).to_have_text("This place is outside of the dataset.")
    page.get_by_role("button", name="Whole dataset").click()
    assert wrong(page, FIRST.pixels, ZOOM + 1) == 0
    expect(page.get_by_text("4 classes, measured on every pixel.")).to_be_visible()


def test_opacity(noise: Page) -> None:
    noise.get_by_label("Opacity").fill("0")
    assert wrong(noise, FIRST.pixels, ZOOM + 1, dict.fromkeys(LABELS, SEA)) == 0
    expect(noise.locator("#opacity-shown")).to_have_text("0 %")


def test_dates_of_the_product(noise: Page, system: System) -> None:
    switch(noise, "Bare soil").uncheck()
    noise.get_by_role("button", name="Later date").click()
    expect(noise).to_have_title("categorical / test / 2021 / noise")
    expect(noise).to_have_url(re.compile(f"^{system.api}/map/categorical/test/2021/noise"))
    expect(noise.locator("h1")).to_have_text("categorical / test / 2021 / noise")
    assert wrong(noise, SECOND.pixels, ZOOM + 1, {2: SEA}) == 0
    expect(noise.get_by_role("button", name="Later date")).to_be_disabled()
    link = noise.get_by_role("link", name="TileJSON")
    assert link.get_attribute("href") == f"{system.api}/tilejson/{SECOND.path}.json"
    slider = noise.get_by_label("Date", exact=True)
    slider.focus()
    noise.keyboard.press("ArrowLeft")
    expect(noise).to_have_title("categorical / test / 2020 / noise")
    expect(slider).to_have_attribute("aria-valuetext", "2020")
    assert wrong(noise, FIRST.pixels, ZOOM + 1, {2: SEA}) == 0


def test_areas_of_the_view(noise: Page) -> None:
    noise.get_by_text("Areas in this view").click()
    expect(noise.get_by_text("4 classes, measured on every pixel.")).to_be_visible()
    counts = np.bincount(FIRST.pixels.ravel(), minlength=5)
    for value, label in LABELS.items():
        row = noise.get_by_role("row", name=re.compile(label))
        expect(row).to_contain_text(f"{counts[value] / SIDE**2:.0%}".replace("%", " %"))
        expect(row).to_contain_text("km²")
    noise.get_by_role("button", name="Zoom in").click()
    noise.get_by_role("button", name="Zoom in").click()
    expect(noise.get_by_role("row", name=re.compile("Forest"))).to_contain_text(
        re.compile(r"1\.6\d* km²")  # a quarter of what is seen, at latitude 49.9
    )


@pytest.mark.parametrize("name", ["Leaflet", "any other (XYZ)"])
def test_code_to_copy(visit: Open, system: System, name: str) -> None:
    page = visit(map_of(FIRST.path), permissions=["clipboard-read", "clipboard-write"])
    switch(page, "Forest").uncheck()
    page.get_by_text("Put this map on your site").click()
    page.get_by_label("Code for").select_option(label=name)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#snippet").inner_text()
    assert f"{system.api}/" in copied
    assert "?show=Bare%20soil&show=Water&show=Built%20up" in copied


def test_labels_are_text_whatever_they_hold(visit: Open) -> None:
    page = visit(map_of(ODD.path))
    expect(page).to_have_title("categorical / odd / 2020 / labels")
    assert page.locator("#legend .categorical-label").all_inner_texts() == [
        label.strip() for label in ODD_LABELS.values()
    ]
    arabic = page.get_by_text(ODD_LABELS[2], exact=True)
    assert arabic.evaluate("it => getComputedStyle(it).direction") == "rtl"
    page.get_by_role("button", name=f"Show only {ODD_LABELS[4]}").click()
    assert wrong(page, ODD.pixels, ZOOM + 1, dict.fromkeys((1, 2, 3), SEA)) == 0
    page.get_by_text("Areas in this view").click()
    expect(page.locator("#areas-table")).to_contain_text("<img src=x")
    assert page.evaluate("document.images.length") == page.locator("img.leaflet-tile").count()


def test_three_hundred_classes(visit: Open) -> None:
    """More labels than one URL holds: the tiles come in parts, and no pixel gets lost."""
    page = visit(map_of(WIDE.path))
    switch(page, MANY[300]).uncheck()
    expect(page.get_by_text("299 of 300 classes are shown")).to_be_visible()
    assert wrong(page, WIDE.pixels, ZOOM + 1, {300: SEA}) == 0
    page.get_by_label("Find a class").fill("CROP 299 ")
    assert page.locator("#legend li:visible").count() == 1
    page.get_by_text("Put this map on your site").click()
    expect(page.locator("#snippet")).to_contain_text("leafletOptions")


def test_a_dataset_without_classes(visit: Open) -> None:
    page = visit(map_of(CONTINUOUS.path))
    expect(page.get_by_text("This dataset has no class file")).to_be_visible()
    page.wait_for_selector(".leaflet-tile-loaded")
    middle = colors_of(page.locator("#map"))[200:-200:50, 450].astype(int)
    assert (np.diff(middle.sum(axis=1)) > 0).all()  # from dark to bright


def refuse(status: int, message: str) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        body = json.dumps({"message": message})
        route.fulfill(status=status, content_type="application/json", body=body)

    return answer


@pytest.mark.parametrize("pattern", ["**/tilejson/**", "**/datasets?**"])
def test_what_is_away_is_said_and_asked_for_again(visit: Open, watch: Watch, pattern: str) -> None:
    watch.allowed = ("503",)
    page = visit("/")
    page.route(pattern, refuse(503, "the database is not available at the moment: ask again soon"))
    page.goto(page.url + map_of(FIRST.path).lstrip("/"))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The database is not available at the moment: ask again soon.")
    expect(page.get_by_role("button", name="Hide all")).to_be_visible(visible="datasets" in pattern)
    page.unroute(pattern)
    page.get_by_role("button", name="Try again").click()
    assert wrong(page, FIRST.pixels, ZOOM + 1) == 0
    expect(alert).to_be_hidden()
    expect(page.get_by_label("Date", exact=True)).to_be_visible()


def test_tiles_that_do_not_come(visit: Open, watch: Watch) -> None:
    watch.allowed = ("503",)
    page = visit("/")
    page.route("**/categorical/**/*.png*", refuse(503, "away"))
    page.goto(page.url + map_of(FIRST.path).lstrip("/"))
    expect(page.get_by_role("alert")).to_contain_text("Some tiles did not come.")
    page.unroute("**/categorical/**/*.png*")
    page.get_by_role("button", name="Try again").click()
    assert wrong(page, FIRST.pixels, ZOOM + 1) == 0
    expect(page.get_by_role("alert")).to_be_hidden()


def test_answers_that_fail_are_said_where_they_were_asked_for(noise: Page, watch: Watch) -> None:
    watch.allowed = ("413", "Failed to load resource: net::ERR_FAILED")
    noise.wait_for_selector(".leaflet-tile-loaded")
    noise.route("**/statistics/**", refuse(413, "too much"))
    noise.get_by_text("Areas in this view").click()
    expect(noise.locator("#areas-status")).to_have_text("Too much.")
    noise.route("**/point/**", lambda route: route.abort())
    noise.get_by_role("button", name="In the middle of the map").click()
    expect(noise.locator("#place")).to_have_text(
        "The API cannot be reached. Is this device online?"
    )


def test_the_address_remembers_the_view(visit: Open) -> None:
    page = visit(f"{map_of(FIRST.path)}#14/49.92/14.7")
    page.get_by_role("button", name="Zoom in").click()
    expect(page).to_have_url(re.compile(r"#15/49\.9\d+/14\.\d+$"))


def test_a_phone(visit: Open) -> None:
    for path in ("/", map_of(ODD.path), map_of(FIRST.path)):
        page = visit(path, PHONE, has_touch=True, is_mobile=True)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.touchscreen.tap(PHONE["width"] / 2, 300)
    expect(page.locator(".leaflet-popup")).to_contain_text("°")
    legend = page.get_by_role("group", name="Classes")
    legend.scroll_into_view_if_needed()
    expect(legend.get_by_role("checkbox", name="Water")).to_be_visible()
