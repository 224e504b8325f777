"""A lead clears twenty registrations without a mouse, and every view is recorded."""

import json
from collections import Counter

import pytest
from django.core import serializers
from playwright.sync_api import expect

from events.registrations.models import AccessRecord, Registration
from tests.chromium import tab_to, take_picture
from tests.factories import OccurrenceFactory, UserFactory
from tests.registrations.review.conftest import address, crowd

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]
NUMBER = 20


def test_twenty_are_cleared_by_keyboard_and_the_trail_records_it_without_names(browse, live_server):
    waiting = crowd(NUMBER, occurrence=OccurrenceFactory(), name="Walking Canarywood")
    lead = UserFactory(username="leah", group="Safeguarding leads")
    page = browse(live_server, user=lead)
    page.goto(address("index") + "?status=received&o=received")
    tab_to(page, page.locator("a[href*='/inspect/']").first)
    page.keyboard.press("Enter")
    for left in range(NUMBER - 1, -1, -1):
        status = page.get_by_label("Status")
        status.wait_for()
        page.wait_for_load_state()
        page.keyboard.press("s")
        expect(status).to_be_focused()
        page.keyboard.type("Conf")
        name = "Save and go to the next" if left else "Save decision"
        tab_to(page, page.get_by_role("button", name=name))
        page.keyboard.press("Enter")
        page.get_by_text("is now “Confirmed”").wait_for()
    page.wait_for_load_state()
    page.keyboard.press("n")
    expect(page.locator("#id_new_note")).to_be_focused()
    take_picture(page)

    assert set(Registration.objects.values_list("status", flat=True)) == {"confirmed"}
    trail = AccessRecord.objects.filter(user=lead)
    acts = Counter(trail.values_list("action", "registration_pk"))
    for one in waiting:
        assert acts["looked", one.pk] >= 1
        assert acts["decided", one.pk] == 1
    assert acts["listed", None] >= 1
    written = serializers.serialize("json", trail)
    assert "canarywood" not in written.lower()
    assert "crowd.example" not in written
    assert len(json.loads(written)) == sum(acts.values())
