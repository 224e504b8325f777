"""The guards of the form where only a browser can tell: proof of work, cookies, other dates."""

import pytest
from playwright.sync_api import expect

from events.registrations import proof
from events.registrations.models import Registration
from tests.browser.stage import SERIES
from tests.browser.test_register import FORM, fill_in, kept, send
from tests.chromium import assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-walks")]


@pytest.fixture
def asked(monkeypatch):
    """Ask for a proof that takes a browser a moment."""
    monkeypatch.setattr(proof, "bits_asked", lambda: 12)


def test_a_browser_proves_its_work_while_the_person_types(site, browse, asked):
    page = browse(site.url)
    page.goto(FORM)
    fill_in(page, "proof@visitor.example")
    send(page)
    registration = kept("proof@visitor.example")
    assert (registration.status, registration.held_because) == ("confirmed", "")


def test_a_browser_that_cannot_is_told_that_somebody_will_look(site, browse, asked):
    page = browse(site.url, java_script_enabled=False)
    page.goto(FORM)
    fill_in(page, "held@visitor.example")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send your registration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have received your registration")
    registration = kept("held@visitor.example")
    assert registration.status == "received"
    assert "proof" in registration.held_because


def test_a_form_whose_cookie_is_gone_is_sent_by_pressing_the_button_again(site, browse):
    page = browse(site.url)
    page.goto(FORM)
    fill_in(page, "cookie@visitor.example")
    page.context.clear_cookies()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("did not send back the cookie")
    assert_accessible(page)
    send(page)
    assert Registration.objects.filter(email="cookie@visitor.example").exists()


def test_why_another_date_is_shown_is_said(site, browse):
    page = browse(site.url, width=320)
    page.goto(FORM + "?date=2001-01-01")
    expect(page.locator(".govuk-inset-text")).to_contain_text("There is no such date")
    assert_accessible(page)
    assert SERIES in page.url
