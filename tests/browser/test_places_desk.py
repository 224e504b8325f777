"""The places screens in Chromium: wide and narrow, in both of Wagtail's themes."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from events.models import EventPage
from tests.chromium import assert_desk_accessible, take_picture
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-walks")]


def test_the_places_of_a_date_are_set_where_they_are_shown(site, browse):
    series = EventPage.objects.filter(slug="prevent-community-roundtable")
    event = series.get(locale__language_code="en-gb")
    editor = UserFactory(group="Communications editors")
    page = browse(site, width=320, user=editor)
    page.goto(reverse("prevent_registration_places:event", args=[event.pk]))
    assert_desk_accessible(page, ".content")
    page.get_by_role("link", name=re.compile("^Set places")).first.click()
    page.get_by_label("Places on this date").fill("many")
    page.get_by_role("button", name="Set places").click()
    expect(page.locator(".content")).to_contain_text("Enter a whole number")
    assert_desk_accessible(page, ".content")
    page.get_by_label("Places on this date").fill("7")
    page.get_by_role("button", name="Set places").click()
    expect(page.locator(".messages")).to_contain_text("is saved")
    expect(page.locator("tbody tr").first).to_contain_text("7")
    take_picture(page)
