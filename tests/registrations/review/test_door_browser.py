"""The door list without a connection, and the sheet on paper, as Chromium has them."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from events.models import Occurrence
from events.registrations.models import Registration
from tests.registrations.review.conftest import address, crowd

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]
LONG = "Marie-Antoinette Featherstonehaugh-Cholmondeley van der Westhuizen-Okonkwo"
BROKEN_WORDS = """() => [...document.querySelectorAll("td, th")].flatMap((cell) => {
    const text = cell.firstChild;
    if (!text) return [];
    return [...text.textContent.matchAll(/[^\\s-]+-?/g)].filter((word) => {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return range.getClientRects().length > 1;
    }).map((word) => word[0]);
})"""
STICKS_OUT = """() => [...document.querySelectorAll("table, td, th")].filter((cell) => {
    const { left, right } = cell.getBoundingClientRect();
    return left < 0 || right > document.documentElement.clientWidth
        || cell.scrollWidth > cell.clientWidth + 1;
}).map((cell) => cell.textContent)"""


@pytest.fixture
def today(registration):
    """The date of ``registration`` is today, and two more people have a place."""
    begins = timezone.now() + timedelta(minutes=5)
    Occurrence.objects.update(starts_at=begins, ends_at=begins + timedelta(hours=1))
    crowd(2, occurrence=registration.occurrence, status="confirmed")
    Registration.objects.update(status="confirmed")
    return registration.occurrence


def here(page, number: int):
    return page.locator("[data-review-door] > li").nth(number).get_by_role("button", name="Here")


def test_marks_made_without_a_connection_are_kept_and_sent(browse, live_server, person, today):
    page = browse(live_server, user=person("lead"), width=390)
    page.goto(address("door", today.uuid))
    page.context.set_offline(True)
    here(page, 0).click()
    expect(page.get_by_role("alert")).to_contain_text("There is no connection. 1 mark is sent")
    here(page, 1).click()
    expect(page.get_by_role("alert")).to_contain_text("2 marks are sent when it is back")
    assert not Registration.objects.filter(status="attended").exists()

    page.context.set_offline(False)
    for number in (0, 1):
        expect(here(page, number)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("alert")).to_have_text("")
    assert Registration.objects.filter(status="attended").count() == 2


def test_who_is_signed_out_signs_in_again_and_the_mark_is_sent(browse, live_server, person, today):
    user = person("lead")
    page = browse(live_server, user=user, width=390)
    page.goto(address("door", today.uuid))
    cookies = page.context.cookies()
    page.context.clear_cookies()
    here(page, 0).click()
    link = page.get_by_role("link", name="Sign in again")
    expect(link).to_have_attribute("target", "_blank")
    assert not Registration.objects.filter(status="attended").exists()
    # The other tab has signed in.
    page.context.add_cookies(cookies)
    here(page, 1).click()
    for number in (0, 1):
        expect(here(page, number)).to_have_attribute("aria-pressed", "true")
    assert Registration.objects.filter(status="attended").count() == 2


def test_the_sheet_breaks_no_word_and_no_border_on_paper(browse, live_server, person, today):
    Registration.objects.filter(reference="PR-CNRY-2345").update(name=LONG)
    crowd(60, occurrence=today, status="confirmed")
    page = browse(live_server, user=person("lead"), width=700)
    page.goto(address("sheet", today.uuid))
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Make the sheet").click()
    # A4 less its margins, at 96 pixels an inch.
    page.set_viewport_size({"width": 680, "height": 1000})
    page.emulate_media(media="print")
    assert page.evaluate(BROKEN_WORDS) == []
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate("getComputedStyle(document.querySelector('thead')).display") == (
        "table-header-group"
    )
    assert "canary-sensitive" not in page.content()
    pages = re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))
    assert len(pages) >= 3
