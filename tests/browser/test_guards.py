"""Guards of the form that only a browser can show: other websites, no cookies, other dates."""

import pytest
from playwright.sync_api import expect

from events.registrations.models import Registration
from tests.browser.stage import SERIES
from tests.browser.test_register import FORM, confirm, fill_in
from tests.chromium import assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-walks")]


def test_the_whole_journey_works_with_cookies_blocked_and_back_and_reload_never_warn(site, browse):
    page = browse(site.url)
    page.route("**/*", block_cookies)
    warned = []
    page.on("dialog", lambda dialog: (warned.append(dialog.message), dialog.accept()))
    page.goto(FORM)
    fill_in(page, "ada@visitor")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Hearing loop")).to_be_checked()
    page.get_by_label("Your email address").fill("blocked@visitor.example")
    page.get_by_role("button", name="Continue").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Check your answers")
    page.reload()
    expect(heading).to_have_text("Check your answers")
    page.go_back()
    page.go_forward()
    reference = confirm(page)
    page.reload()
    page.go_back()
    # The check page redirects to the confirmation once the form was sent.
    expect(page.locator("main")).to_contain_text(reference)
    assert page.context.cookies() == []
    assert warned == []
    assert Registration.objects.get(email="blocked@visitor.example").reference == reference


def block_cookies(route):
    headers = {name: value for name, value in route.request.headers.items() if name != "cookie"}
    route.continue_(headers=headers)


def test_a_form_on_another_website_books_nothing(site, browse):
    page = browse(site.url)
    page.goto(FORM)
    fill_in(page, "stolen@visitor.example")
    form = page.locator("form[method=post]").evaluate("form => form.outerHTML")
    foreign = site.url.replace("localhost", "127.0.0.1")
    address = site.url + FORM
    page.route(
        f"{foreign}/evil",
        lambda route: route.fulfill(
            body=form.replace('action="', f'action="{site.url}'), content_type="text/html"
        ),
    )
    page.goto(f"{foreign}/evil")
    assert page.locator("form").get_attribute("action") == address
    with page.expect_response(lambda response: response.url.startswith(address)) as answer:
        page.locator("form").evaluate("form => form.submit()")
    assert answer.value.status == 403
    expect(page.locator("main")).to_contain_text("sent from another website")
    assert_accessible(page)
    assert not Registration.objects.filter(email="stolen@visitor.example").exists()


def test_it_says_why_another_date_is_shown(site, browse):
    page = browse(site.url, width=320)
    page.goto(FORM + "?date=2001-01-01")
    expect(page.locator(".govuk-inset-text")).to_contain_text("We cannot find that date")
    assert_accessible(page)
    assert SERIES in page.url
