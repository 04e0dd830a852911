"""A real browser before the whole system; what a page may not do fails its test.

Both start once for these tests and stop after them: a browser's event loop is not to live in the
tests of other folders.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.browser import chromium
from tests.browser.rasters import ALL
from tests.browser.system import System, running

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 700}

HERE = Path(__file__).parent

expect.set_options(timeout=20_000)  # a slow machine is no failure

Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these tests are left out, and the report says so."""
    if chromium.find() is None:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(chromium.REMEDY))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    assert path
    with chromium.launched(path) as browser:
        yield browser


@pytest.fixture(scope="package")
def system(browser: Browser) -> Iterator[System]:
    """The system with all datasets of `tests.browser.rasters`."""
    with running("--no-demo", "--workers", "1") as system:
        system.upload(ALL)
        yield system


@dataclass
class Watch:
    """What went wrong in pages: errors of scripts, refusals of the policy, requests elsewhere."""

    home: str
    faults: list[str] = field(default_factory=list)
    allowed: tuple[str, ...] = ()

    def attach(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in self.allowed):
            self.faults.append(f"{message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.faults.append(f"requested {request.url}")


@pytest.fixture
def watch(system: System) -> Iterator[Watch]:
    watch = Watch(system.api)
    yield watch
    assert watch.faults == []


@pytest.fixture
def visit(browser: Browser, system: System, watch: Watch) -> Iterator[Open]:
    """Opens a page of the API, in a browser that was never there."""
    contexts = []

    def visit(path: str, viewport: dict[str, int] = DESKTOP, **options: Any) -> Page:
        calm = {"reduced_motion": "reduce", **options}  # nothing moves while it is looked at
        context = browser.new_context(viewport=viewport, **calm)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        watch.attach(page)
        page.goto(f"{system.api}{path}")
        return page

    yield visit
    for context in contexts:
        context.close()
