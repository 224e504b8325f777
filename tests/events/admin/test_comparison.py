"""Two versions of an event, side by side: its rule in words, its dates, the people affected."""

from datetime import date, time

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from recurrence import Recurrence, Rule

from events.admin.panels import rule_in_words
from events.models import EventPage
from events.recurrence_values import recurrence_for
from events.registrations.models import RegistrationPage
from tests.factories import RegistrationFactory, VenueFactory


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "on one date"),
        (recurrence_for(""), "on one date"),
        (recurrence_for("FREQ=WEEKLY;COUNT=3"), "every week, 3 times"),
        (
            recurrence_for("FREQ=WEEKLY", [date(2026, 12, 24)], [date(2027, 1, 2)]),
            "every week; without 24 December 2026; and on 2 January 2027",
        ),
    ],
)
def test_a_rule_is_compared_in_words(value, words):
    assert rule_in_words(value) == words


def test_an_unsupported_rule_says_what_is_wrong_with_it():
    assert "one rule" in rule_in_words(Recurrence(rrules=[Rule(2), Rule(3)]))


@pytest.mark.django_db
def test_a_draft_is_compared_with_what_is_published(
    client, editor, lead, series, registration_page
):
    first, second, *_ = series.occurrences.order_by("date")
    RegistrationFactory(page=registration_page, occurrence=first, guests=1)
    RegistrationFactory(page=registration_page, occurrence=second)
    url = reverse("prevent_event_dates:compare", args=[series.pk])
    client.force_login(lead)
    assert client.get(url).status_code in (302, 403)
    client.force_login(editor)
    assert "The dates and hours stay as they are." in client.get(url).content.decode()

    draft = EventPage.objects.get(pk=series.pk)
    draft.date, draft.starts, draft.ends = date(2027, 2, 25), time(19), time(20)
    draft.venue = VenueFactory(name="Library")
    draft.save_revision()
    form = RegistrationPage.objects.get(pk=registration_page.pk)
    form.introduction = "<p>Welcome</p>"
    form.save_revision()
    page = BeautifulSoup(client.get(url).content, "html.parser").find("main")
    words = " ".join(page.get_text(" ").split())
    assert "3 people are registered for dates that change." in words
    cells = [
        [" ".join(cell.get_text(" ").split()) for cell in row.find_all("td")]
        for row in page.select("tbody tr")
    ]
    assert [
        "Cancelled",
        "Thursday 26 November 2026, 6pm to 7:30pm",
        "cancelled",
        "2",
    ] in cells
    assert [
        "Changed",
        "Thursday 25 February 2027, 6pm to 7:30pm",
        "Thursday 25 February 2027, 7pm to 8pm",
        "1",
    ] in cells
    assert "Library" in words
    assert "3 people are registered for coming dates." in words
    links = [link["href"] for link in page.select("a")]
    for compared in (draft, form):
        where = [compared.pk, "live", compared.latest_revision_id]
        assert reverse("wagtailadmin_pages:revisions_compare", args=where) in links
    editor_page = reverse("wagtailadmin_pages:edit", args=[series.pk])
    assert client.get(editor_page).content.decode().count(url) >= 2
