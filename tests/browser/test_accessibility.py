"""Every public page in every state, wide and narrow, light and dark: axe, titles, landmarks."""

import pytest
from django.core.exceptions import PermissionDenied
from django.template.loader import get_template
from django.test import RequestFactory
from django.views.defaults import permission_denied
from playwright.sync_api import Page

from tests.browser.stage import LONG_WORD, OF_2022, SERIES
from tests.chromium import EVERY_LOOK, assert_accessible, follow

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-accessibility")]

READ = {
    "home": "/",
    "prevent page": "/prevent/",
    "every block": "{every block}",
    "accessibility": "/accessibility/",
    "cookies": "/cookies/",
    "privacy": "/privacy/",
    "index": "/prevent/roundtables/",
    "second page": "/prevent/roundtables/?page=2",
    "past": "/prevent/roundtables/?when=past",
    "month": "/prevent/roundtables/?month={month}",
    "empty month": "/prevent/roundtables/?month=2001-01",
    "calendar": "/prevent/roundtables/?month={month}&view=calendar",
    "empty index": "{empty index}",
    "event": SERIES,
    "past event": OF_2022,
    "cancelled": "{cancelled}",
    "postponed": "{postponed}",
    "new time": "{moved}",
    "no date": "{dateless}",
    "online": "{online}",
    "in person and online": "{both}",
    "many dates": "{weekly}",
    "form": SERIES + "register/",
    "form with every question": "{every question}",
    "form of a full date with a waiting list": "{waiting list}",
    "full": "{full}",
    "not open": "{not open}",
    "closed": OF_2022 + "register/",
    "own registration": "{own}",
    "own change": "{own}change/",
    "own move": "{own}move/",
    "own withdrawal": "{own}withdraw/",
    "own erasure": "{own}erase/",
    "own registration when withdrawn": "{withdrawn}",
    "lost link": "/registration/link/",
    "link sent": "/registration/link/sent/",
    "erased": "/registration/erased/",
    "erasure held": "/registration/held/",
    "complaint": "/registration/complaint/",
    "feedback": "{feedback}",
    "thanks for feedback": "{feedback}thanks/",
    "search": "/search/",
    "found": "/search/?query=prevent+roundtable",
    "nothing found": "/search/?query=quetzalcoatl",
}
IN_URDU = {
    "home": "{home in Urdu}",
    "prevent page": "{prevent page in Urdu}",
    "index": "{index in Urdu}",
    "calendar": "{index in Urdu}?view=calendar",
    "event": "{event in Urdu}",
    "form": "{form in Urdu}",
    "search": "/ur/search/?query=%DA%AF%D9%88%D9%84",
    "lost link": "/ur/registration/link/",
    "feedback": "/ur{feedback}",
    "complaint": "/ur/registration/complaint/",
}
REFUSED = {
    "bad month": ("/prevent/roundtables/?month=2026-13", 400),
    "bad page": ("/prevent/roundtables/?page=x", 400),
    "bad date": (SERIES + "?date=tomorrow", 400),
    "no query": ("/search/?query=%22", 400),
    "other date": (SERIES + "?date=2001-01-01", 404),
}
MISSING = {
    "own link that does not work": ("/registration/nonsense/", 404),
    "too late to change": ("{withdrawn}change/", 409),
    "no such page": ("/no-such-page/", 404),
    "complaint no longer shown": ("/registration/complaint/received/nonsense/", 404),
}
WIDTHS = (320, 768, 1280)
# How a browser shows text to a reader who has doubled its size.
TWICE_AS_LARGE = "html { font-size: 200%; } body { font-size: 2rem; }"
# A picture may keep its colours.
COLOURS_OF_ITS_OWN = """[...document.querySelectorAll("body *:not(svg, svg *, img)")]
    .filter((element) => getComputedStyle(element).forcedColorAdjust === "none")
    .map((element) => element.outerHTML.slice(0, 80))"""


def assert_in_order(
    page: Page, *, error: bool = False, council: str = "Exampleton Council", language: str = "en-GB"
) -> None:
    """Axe finds nothing, and language, title and landmarks are right."""
    assert page.title().endswith(f" – {council}")
    assert page.title().startswith("Error: ") is error
    assert page.locator("html").get_attribute("lang") == language
    for landmark in ("main", "body > header", "footer"):
        assert page.locator(landmark).count() == 1, landmark
    look_at(page, 1280, color_scheme="light")
    look_at(page, 320, color_scheme="dark")
    if EVERY_LOOK:
        for width in WIDTHS:
            look_at(page, width, color_scheme="light")
            look_at(page, width, color_scheme="dark")
            look_at(page, width, forced_colors="active")
            page.emulate_media(forced_colors="none")
        page.emulate_media(color_scheme="light")
        page.add_style_tag(content=TWICE_AS_LARGE)
        look_at(page, 1280)


def look_at(page: Page, width: int, **media: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(**media)
    # In forced colours the browser itself chooses readable pairs, wherever the page lets it; axe
    # does not see them.
    is_forced = media.get("forced_colors") == "active"
    assert_accessible(page, without="color-contrast" if is_forced else "")
    if is_forced:
        assert page.evaluate(COLOURS_OF_ITS_OWN) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("path", READ.values(), ids=READ)
def test_nothing_obstructs_a_reader(site, browse, path):
    page = browse(site.url, bypass_csp=EVERY_LOOK)
    assert page.goto(path.format_map(site.paths)).status == 200
    assert_in_order(page)


@pytest.mark.parametrize("path", IN_URDU.values(), ids=IN_URDU)
def test_nothing_obstructs_someone_reading_from_right_to_left(site, browse, path):
    page = browse(site.url, bypass_csp=EVERY_LOOK)
    assert page.goto(path.format_map(site.paths)).status == 200
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert_in_order(page, language="ur")


@pytest.mark.parametrize(("path", "status"), REFUSED.values(), ids=REFUSED)
def test_nothing_obstructs_a_reader_with_an_invalid_address(site, browse, path, status):
    page = browse(site.url, bypass_csp=EVERY_LOOK)
    assert page.goto(path).status == status
    assert_in_order(page, error=True)


@pytest.mark.parametrize(("path", "status"), MISSING.values(), ids=MISSING)
def test_nothing_obstructs_a_reader_who_comes_too_late(site, browse, path, status):
    page = browse(site.url, bypass_csp=EVERY_LOOK)
    assert page.goto(path.format_map(site.paths)).status == status
    assert_in_order(page)


def fill_in(page: Page, email: str) -> None:
    """Fill in the required fields."""
    page.locator("[name=occurrence]:enabled").first.check()
    page.get_by_label("Your full name").fill("Ada Visitor")
    page.get_by_label("Your email address").fill(email)
    page.get_by_label("I agree").check()


def show_mistakes(page: Page, paths: dict[str, str]) -> None:
    page.goto(paths["every question"])
    page.get_by_label("Asked by url").fill("not an address")
    page.get_by_label("I represent an organisation").check()
    follow(page, page.get_by_role("button", name="Continue"))


def show_check(page: Page, paths: dict[str, str]) -> None:
    page.goto(SERIES + "register/")
    fill_in(page, "check@visitor.example")
    page.get_by_label("A question for the speakers").fill(f"Why?\n{LONG_WORD}")
    follow(page, page.get_by_role("button", name="Continue"))


def show_confirmation(page: Page, paths: dict[str, str]) -> None:
    show_check(page, paths)
    follow(page, page.get_by_role("button", name="Send your booking"))
    page.get_by_role("heading", name="Your place is confirmed").wait_for()


def show_waiting(page: Page, paths: dict[str, str]) -> None:
    page.goto(paths["waiting list"])
    fill_in(page, "waiting@visitor.example")
    follow(page, page.get_by_role("button", name="Continue"))
    follow(page, page.get_by_role("button", name="Send your booking"))
    page.get_by_role("heading", name="You are on the waiting list").wait_for()


def show_request(page: Page, paths: dict[str, str]) -> None:
    page.goto(paths["every question"])
    fill_in(page, "request@visitor.example")
    page.get_by_label("Neither").check()
    follow(page, page.get_by_role("button", name="Continue"))
    follow(page, page.get_by_role("button", name="Send your booking"))
    page.get_by_role("heading", name="We have received your request").wait_for()


def show_own_mistake(page: Page, paths: dict[str, str]) -> None:
    page.goto(paths["own"] + "change/")
    page.get_by_label("How many guests").fill("9")
    follow(page, page.get_by_role("button", name="Save your changes"))


def show_own_change(page: Page, paths: dict[str, str]) -> None:
    page.goto(paths["own"] + "change/")
    follow(page, page.get_by_role("button", name="Save your changes"))
    page.get_by_text("Your booking has been changed").wait_for()


def show_link_mistake(page: Page, paths: dict[str, str]) -> None:
    page.goto("/registration/link/")
    follow(page, page.get_by_role("button", name="Send me the link"))


def show_complaint_mistake(page: Page, paths: dict[str, str]) -> None:
    page.goto("/registration/complaint/")
    follow(page, page.locator("main form button"))


def show_feedback_mistake(page: Page, paths: dict[str, str]) -> None:
    page.goto(paths["feedback"])
    follow(page, page.get_by_role("button", name="Send your answers"))


def open_copy_of_form(page: Page, path: str, elsewhere: str) -> None:
    """Open at ``elsewhere`` a copy of the form at ``path`` that submits to this website.

    Only the browser itself can say where a form comes from.
    """
    page.goto(path)
    form = page.locator("main form[method=post]").evaluate(
        "form => { form.setAttribute('action', form.action); return form.outerHTML; }"
    )
    page.route(elsewhere, lambda route: route.fulfill(body=form, content_type="text/html"))
    page.goto(elsewhere)


def show_form_of_a_sibling(page: Page, paths: dict[str, str]) -> None:
    open_copy_of_form(page, SERIES + "register/", "http://localhost/copy/")
    fill_in(page, "sibling@visitor.example")
    follow(page, page.get_by_role("button", name="Continue"))
    page.get_by_role("link", name="sent from another address of this website").wait_for()


def show_refused_form(page: Page, paths: dict[str, str]) -> None:
    open_copy_of_form(page, "/registration/link/", "http://127.0.0.1/copy/")
    follow(page, page.get_by_role("button", name="Send me the link"))
    page.get_by_text("sent from another website").wait_for()


SENT = {
    show_mistakes: True,
    show_check: False,
    show_confirmation: False,
    show_waiting: False,
    show_request: False,
    show_own_mistake: True,
    show_own_change: False,
    show_link_mistake: True,
    show_complaint_mistake: True,
    show_feedback_mistake: True,
    show_form_of_a_sibling: True,
    show_refused_form: False,
}


@pytest.mark.parametrize(("show", "error"), SENT.items(), ids=[show.__name__ for show in SENT])
def test_nothing_obstructs_someone_sending_a_form(site, browse, show, error):
    page = browse(site.url, bypass_csp=EVERY_LOOK)
    show(page, site.paths)
    assert_in_order(page, error=error)


# Django gives these pages no request, in case of a second fault: they have no settings.
@pytest.mark.parametrize("status", [400, 500])
def test_nothing_obstructs_a_reader_of_an_error_page(site, browse, status):
    page = browse(site.url, bypass_csp=EVERY_LOOK)
    html = get_template(f"{status}.html").render()
    page.route("**/broken/", lambda route: route.fulfill(status=status, body=html))
    page.goto("/broken/")
    assert_in_order(page, council="Council")


def test_nothing_obstructs_a_reader_without_permission(site, browse):
    request = RequestFactory().get("/broken/")
    html = permission_denied(request, PermissionDenied()).content
    page = browse(site.url, bypass_csp=EVERY_LOOK)
    page.route("**/broken/", lambda route: route.fulfill(status=403, body=html))
    page.goto("/broken/")
    assert_in_order(page)


@pytest.mark.parametrize("path", ["/prevent/", SERIES, "{every question}", "{cancelled}"])
def test_forced_colours_hide_nothing(site, browse, path):
    page = browse(site.url, forced_colors="active")
    page.goto(path.format_map(site.paths))
    assert_accessible(page)
    hidden = """() => [...document.querySelectorAll("main button, main .govuk-button, main input")]
        .filter(element => element.checkVisibility())
        .filter(element => getComputedStyle(element).opacity !== "0")
        .filter(element => getComputedStyle(element).borderTopStyle === "none")
        .filter(element => getComputedStyle(element).outlineStyle === "none")
        .map(element => element.outerHTML)"""
    assert page.evaluate(hidden) == []
