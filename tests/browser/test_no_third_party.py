"""Chromium on the running site, with every other network connection cut.

The pages are complete all the same, nothing requests another host, and neither reading nor booking
sets a cookie.
"""

from urllib.parse import urlsplit

import pytest

from tests.chromium import launched
from tests.live_site import LiveSite, free_port

PAGES = [
    "/",
    "/prevent/",
    "/prevent/roundtables/",
    "/prevent/roundtables/?when=past",
    "/prevent/roundtables/prevent-community-roundtable/",
    "/prevent/roundtables/prevent-community-roundtable-may-2022/",
    "/accessibility/",
    "/cookies/",
    "/privacy/",
    "/nothing-is-here/",
]
FORMS = [
    "/prevent/roundtables/prevent-community-roundtable/register/",
    "/registration/link/",
    "/registration/complaint/",
]

DEMO_ALONE = """
from django.core.management import call_command
from home.models import HomePage
for page in HomePage.objects.get().get_children():
    page.delete()
call_command("load_demo")
"""

FIRST_VISIT_BYTES = 120 * 1024
TRANSFERRED = """Object.fromEntries(
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .map((entry) => [entry.name, entry.transferSize])
)"""

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("one site, no network")]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    live = LiveSite(
        tmp_path_factory.mktemp("site"), database_url="", email_url="smtp://127.0.0.1:9"
    )
    live.query(DEMO_ALONE)
    port = free_port()
    live.start_web(port)
    yield f"http://127.0.0.1:{port}"
    live.close()


@pytest.fixture(scope="module")
def chromium():
    # No name resolves, and only this machine's addresses are reachable.
    with launched("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1") as browser:
        yield browser


@pytest.fixture
def visit(chromium, site):
    """Return a function that opens a path as a new visitor: page, context and requests."""
    contexts = []

    def opened(path):
        context = chromium.new_context(base_url=site, viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        asked, failed = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.on(
            "response",
            lambda answer: (
                failed.append(answer.url)
                if answer.status >= 400 and urlsplit(answer.url).path != path.split("?")[0]
                else None
            ),
        )
        page.goto(path, wait_until="networkidle")
        return page, context, asked, failed

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("path", PAGES + FORMS)
def test_a_first_visit_downloads_little_down_to_the_end_of_a_page(visit, path):
    page, *_ = visit(path)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    taken = page.evaluate(TRANSFERRED)
    assert len(taken) >= 3, taken
    assert sum(taken.values()) < FIRST_VISIT_BYTES, taken


@pytest.mark.parametrize("path", PAGES + FORMS)
def test_a_page_is_complete_requests_nothing_elsewhere_and_stores_nothing(visit, site, path):
    page, context, asked, failed = visit(path)
    assert [url for url in asked if not url.startswith((f"{site}/", "data:"))] == []
    assert failed == []
    assert page.locator("h1").count() == 1
    font = page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
    assert "arial" in font.lower()
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
    assert context.cookies() == []


def test_control_the_network_is_really_cut(visit):
    page, *_ = visit("/")
    reached = page.evaluate("fetch('http://example.com/').then(() => true, () => false)")
    assert reached is False
    reached = page.evaluate("fetch('http://192.0.2.1/').then(() => true, () => false)")
    assert reached is False
