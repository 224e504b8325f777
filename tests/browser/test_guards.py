"""The guards of the form where only a browser can tell: cookies, other dates."""

import pytest
from playwright.sync_api import expect

from events.registrations.models import Registration
from tests.browser.stage import SERIES
from tests.browser.test_register import FORM, fill_in, send
from tests.chromium import assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-walks")]


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
