"""From an event to a stored registration and back, as different people do it."""

import re

import pytest
from playwright.sync_api import Page, expect

from events.registrations.models import OutboundEmail, Registration
from tests.browser.stage import SERIES, form_paths
from tests.chromium import has_focus, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-walks")]

FORM = SERIES + "register/"
REFERENCE = re.compile(r"PR-\w{4}-\w{4}")


@pytest.fixture(scope="module")
def stage():
    """Beside the demo only forms: other tests cover reading."""
    return form_paths


def fill_in(page: Page, email: str) -> None:
    """Answer every question of the demo's form."""
    page.locator("[name=occurrence]:enabled").first.check()
    page.get_by_label("Your full name").fill("Ada Visitor")
    page.get_by_label("Your email address").fill(email)
    page.get_by_label("How many guests").fill("2")
    page.get_by_label("A member of the public").check()
    page.get_by_label("A question for the speakers").fill("What happens here?")
    page.get_by_label("Hearing loop").check()
    page.get_by_label("I agree").check()


def send(page: Page) -> str:
    """Go from the form to the confirmation; return the reference shown."""
    page.get_by_role("button", name="Continue").click()
    return confirm(page)


def confirm(page: Page) -> str:
    """Submit the check page; return the reference shown."""
    page.get_by_role("button", name="Send your booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your place is confirmed")
    return REFERENCE.search(page.locator("main").inner_text()).group()


def kept(email: str) -> Registration:
    """Return the one registration of ``email``."""
    return Registration.objects.get(email=email)


def test_a_form_is_filled_in_refused_corrected_checked_and_stored(site, browse):
    page = browse(site.url)
    page.goto(SERIES)
    page.get_by_role("button", name="Book a place").click()
    fill_in(page, "ada@example")
    page.get_by_label("Your full name").fill("")
    page.get_by_role("button", name="Continue").click()

    expect(page).to_have_title(re.compile("^Error: "))
    summary = page.locator(".govuk-error-summary")
    expect(summary).to_be_focused()
    links = summary.get_by_role("link")
    expect(links).to_have_text([re.compile("full name"), re.compile("correct format")])
    for number, field in enumerate([page.locator("#id_name"), page.locator("#id_email")]):
        links.nth(number).click()
        assert has_focus(field)
        described = field.get_attribute("aria-describedby").split()
        assert "Error:" in page.locator(f"#{described[-1]}").inner_text()
    assert page.get_by_label("Hearing loop").is_checked()
    assert page.get_by_label("I agree").is_checked()

    page.get_by_label("Your full name").fill("Ada Visitor")
    page.get_by_label("Your email address").fill("path@visitor.example")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    page.get_by_role("link", name="Change Access needs").click()
    page.get_by_label("Hearing loop").uncheck()
    page.get_by_label("Step-free access").check()
    reference = send(page)

    registration = kept("path@visitor.example")
    assert registration.reference == reference
    assert (registration.status, registration.guests) == ("confirmed", 2)
    assert [row["value"] for row in registration.sensitive_answers] == [["Step-free access"]]
    kinds = OutboundEmail.objects.filter(registration=registration).values_list("kind", flat=True)
    assert len(kinds) == len(set(kinds)) == 2


def test_refreshing_and_going_back_registers_nobody_twice(site, browse):
    page = browse(site.url)
    page.goto(FORM)
    fill_in(page, "twice@visitor.example")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    checked, address = page.content(), page.url
    reference = confirm(page)
    for _ in range(2):
        page.reload()
        expect(page.locator("main")).to_contain_text(reference)
    page.go_back()
    expect(page.locator("main")).to_contain_text(reference)

    # A browser that stored the check page shows it again on going back.
    page.route(address, lambda route: route.fulfill(body=checked), times=1)
    page.goto(address)
    page.get_by_role("button", name="Send your booking").click()
    expect(page.locator("main")).to_contain_text(reference)

    registration = kept("twice@visitor.example")
    assert registration.reference == reference
    confirmations = OutboundEmail.objects.filter(registration=registration, kind="booked")
    assert confirmations.count() == 1


def test_a_button_pressed_twice_registers_once(site, browse):
    page = browse(site.url)
    page.goto(FORM)
    fill_in(page, "double@visitor.example")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send your booking").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your place is confirmed")
    assert kept("double@visitor.example").status == "confirmed"


def walk(page: Page, email: str) -> None:
    """Register, change and withdraw by mouse or finger."""
    page.goto(FORM)
    fill_in(page, email)
    send(page)
    own = f"/registration/{kept(email).link_token()}/"
    page.goto(own)
    page.get_by_role("link", name="Change your guests").click()
    page.get_by_label("Hearing loop").uncheck()
    page.get_by_role("button", name="Save your changes").click()
    expect(page.locator("main")).to_contain_text("Your booking has been changed")
    page.get_by_role("link", name="Cancel my place").click()
    assert kept(email).status == "confirmed"
    page.get_by_role("button", name="Cancel my place").click()
    expect(page.locator("main")).to_contain_text("You have cancelled your place")
    assert kept(email).status == "withdrawn"


def test_the_whole_journey_without_javascript(site, browse):
    walk(browse(site.url, java_script_enabled=False), "noscript@visitor.example")


def test_the_whole_journey_on_a_narrow_screen(site, browse):
    walk(browse(site.url, width=320, has_touch=True), "narrow@visitor.example")


def press(page: Page, role: str, name: str) -> None:
    """Move to a link or button with Tab and press Enter."""
    tab_to(page, page.get_by_role(role, name=name, exact=True).first)
    page.keyboard.press("Enter")


def test_the_whole_journey_by_keyboard(site, browse):
    page = browse(site.url)
    page.goto(SERIES)
    press(page, "button", "Book a place")
    tab_to(page, page.locator("[name=occurrence]:enabled").first)
    page.keyboard.press("Space")
    for label, text in {
        "Your full name": "Ada Visitor",
        "Your email address": "keys@visitor.example",
        "How many guests are you bringing? (optional)": "1",
    }.items():
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(text)
    tab_to(page, page.get_by_label("Hearing loop"))
    page.keyboard.press("Space")
    press(page, "button", "Continue")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    press(page, "link", "Tick the box if you agree, or delete your answer to “Access needs”")
    page.keyboard.press("Space")
    press(page, "button", "Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    press(page, "button", "Send your booking")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your place is confirmed")

    page.goto(f"/registration/{kept('keys@visitor.example').link_token()}/")
    press(page, "link", "Change your guests, needs or answers")
    tab_to(page, page.get_by_label("How many guests"))
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Your booking has been changed")
    assert kept("keys@visitor.example").guests == 2
    press(page, "link", "Cancel my place")
    press(page, "button", "Cancel my place")
    expect(page.locator("main")).to_contain_text("You have cancelled your place")
    assert kept("keys@visitor.example").status == "withdrawn"


def test_a_question_is_revealed_by_the_answer_it_belongs_to(site, browse):
    page = browse(site.url)
    page.goto(site.paths["every question"])
    asked = page.get_by_label("Which organisation?")
    expect(asked).to_be_hidden()
    page.get_by_label("I represent an organisation").check()
    expect(asked).to_be_visible()
    page.get_by_label("Neither").check()
    expect(asked).to_be_hidden()


def test_a_question_that_depends_on_another_is_explained_without_javascript(site, browse):
    page = browse(site.url, java_script_enabled=False)
    page.goto(site.paths["every question"])
    expect(page.get_by_label("Which organisation?")).to_be_visible()
    expect(page.locator(".app-conditional__hint")).to_be_visible()
