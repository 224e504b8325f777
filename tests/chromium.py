"""Chromium for every test that needs it: one browser per module, axe, and the keyboard.

A pytest plugin, shared by the tests of public pages and CMS screens. A test that uses ``browse``
needs the mark ``browser``.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.servers.basehttp import WSGIRequestHandler
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, sync_playwright

AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": [
        *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
        "best-practice",
    ],
    # axe skips it unless it is named.
    "rules": {"target-size": {"enabled": True}},
}
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
# All of axe's rules at every width, in every scheme and with larger text: minutes more.
EVERY_LOOK = os.environ.get("EVERY_LOOK") == "1"
MOST_TABS = 80

# The CMS hides overflow, so nothing scrolls there: each element is checked, except those only for
# screen readers.
TOO_WIDE = """selector => {
    const isHidden = element => element !== null
        && (element.offsetWidth <= 1 && getComputedStyle(element).overflow === "hidden"
            || isHidden(element.parentElement));
    return [...document.querySelectorAll(`${selector}, ${selector} *`)]
        .filter(element => element.getBoundingClientRect().right > window.innerWidth + 0.5)
        .filter(element => !isHidden(element))
        .map(element => element.outerHTML.slice(0, 80));
}"""

# A page opened at one part scrolls there for a while, below the CMS's sticky header.
AT_THE_TOP = """async selector => {
    const frame = () => new Promise(done => requestAnimationFrame(done));
    await frame();
    await frame();
    for (let each = document.querySelector(selector); each; each = each.parentElement)
        each.scrollTo({ top: 0, behavior: "instant" });
    await frame();
}"""

DARK_THEME = """() => {
    const classes = document.documentElement.classList;
    classes.remove("w-theme-light", "w-theme-system");
    classes.add("w-theme-dark");
    getComputedStyle(document.body).color;
    document.getAnimations()
        .filter(animation => animation instanceof CSSTransition)
        .forEach(transition => transition.finish());
}"""


def no_browser(reason: str) -> None:
    """Skip the test, or fail it if browser tests are required."""
    complain = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
    complain(reason)


@contextmanager
def launched(*arguments: str) -> Iterator[Browser]:
    """Run a browser with ``arguments`` in addition to those for a machine without a screen.

    The shell, if available, is the same engine without browser windows, at half the cost.
    """
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        no_browser("Chromium is not installed: put chromium on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", *arguments]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium():
    """A browser for the tests of one module.

    Playwright keeps an event loop in this thread, inside which Django has separate database
    connections: whatever was set up before the browser stays outside.
    """
    with pytest.MonkeyPatch.context() as patch, launched() as browser:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        # Django's server sends the head of an answer separately, and its body would wait for an
        # acknowledgement: 40 ms for each file of each page.
        patch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)
        yield browser
        connections.close_all()


@pytest.fixture
def browse(chromium):
    """Return a function that opens a separate page on the site at ``address``.

    ``user`` is signed in to the CMS. Other keywords are Playwright's for a new context.
    """
    contexts = []

    def opened(address: str, *, width: int = 1280, user=None, **options) -> Page:
        address = getattr(address, "url", address)
        context = chromium.new_context(
            base_url=str(address),
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
            locale="en-GB",
            **options,
        )
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            name = settings.SESSION_COOKIE_NAME
            cookie = {"name": name, "value": client.cookies[name].value, "url": str(address)}
            context.add_cookies([cookie])
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def assert_accessible(page: Page, part: str = "html", *, only: str = "", without: str = "") -> None:
    """Fail with axe's own words if it finds anything in the part that ``part`` selects.

    WCAG 2.2 A and AA, and axe's best practice, ``without`` a rule, or only the rule ``only``. The
    page has one ``<h1>``, and nothing in the part is wider than the window.
    """
    page.locator(part).first.wait_for()
    # A page may be readable before its styles have loaded.
    page.wait_for_load_state()
    page.evaluate(AT_THE_TOP, part)
    options = {"runOnly": [only]} if only else AXE_OPTIONS
    if without:
        options = options | {"rules": AXE_OPTIONS["rules"] | {without: {"enabled": False}}}
    # Half a megabyte of script, already there if the page was checked before.
    script = "" if page.evaluate("'axe' in window") else AXE_SCRIPT
    results = Axe(script).run(page, context={"include": [part]}, options=options)
    assert results.violations_count == 0, results.generate_report()
    assert page.locator("h1").count() == 1
    assert page.evaluate(TOO_WIDE, part) == []
    take_picture(page)


def assert_desk_accessible(page: Page, part: str) -> None:
    """Fail if axe finds anything in ``part`` of a CMS page, narrow or wide, light or dark.

    The page is not reloaded: Wagtail sets the theme as a class of ``<html>``. It changes only
    colours, so only axe's rule for them is repeated.
    """
    page.set_viewport_size({"width": 320, "height": 900})
    assert_accessible(page, part)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate(DARK_THEME)
    assert_accessible(page, part, only="color-contrast")


def take_picture(page: Page) -> None:
    """Save a picture in the folder ``SCREENSHOTS``, if set."""
    if folder := os.environ.get("SCREENSHOTS"):
        test = os.environ["PYTEST_CURRENT_TEST"].partition("::")[2].partition(" (")[0]
        name = re.sub(r"[^A-Za-z0-9-]+", "_", f"{test}-{page.viewport_size['width']}")
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def follow(page: Page, control: Locator) -> None:
    """Press a button or link, and wait for the page it leads to."""
    with page.expect_navigation():
        control.click()


def has_focus(locator: Locator) -> bool:
    return locator.evaluate("element => element === document.activeElement")


def tab_to(page: Page, locator: Locator) -> None:
    """Press Tab until ``locator`` has the focus, as someone without a mouse would."""
    for _ in range(MOST_TABS):
        if has_focus(locator):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {locator}")
