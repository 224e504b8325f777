"""The page editor with the dates panels, and its question before a publication cancels dates."""

from datetime import date, time

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from events.models import EventPage
from tests.publishing import post_accepting

SENTENCE = "3 people are registered for 26 November 2026. Publishing cancels that date"


@pytest.fixture
def desk(client, moderator):
    """A client in which someone who may publish has signed in."""
    client.force_login(moderator)
    return client


def edit_url(event):
    return reverse("wagtailadmin_pages:edit", args=[event.pk])


def form_of(event, **changes) -> dict:
    """Return the editor's form for ``event`` as it is, with ``changes``."""
    return nested_form_data(
        {
            "title": event.title,
            "slug": event.slug,
            "summary": event.summary,
            "date": event.date.isoformat(),
            "starts": event.starts.isoformat("minutes"),
            "ends": event.ends.isoformat("minutes"),
            "recurrence_repeats": "monthly",
            "recurrence_every": "3",
            "recurrence_monthly": "weekday",
            "recurrence_number": "-1",
            "recurrence_weekday": "TH",
            "recurrence_ends": "never",
            "attendance_mode": "in_person",
            "venue": event.venue_id,
            "organiser": event.organiser_id,
            "agenda": streamfield([]),
            "body": streamfield([]),
            "record_questions": streamfield([]),
            "record_documents": streamfield([]),
            "event_speakers": inline_formset([]),
            "comments": inline_formset([]),
        }
        | changes
    )


@pytest.fixture
def emptied(series, expect):
    """A series with three people on its first date, to start later."""
    expect({series.occurrences.get(date=date(2026, 11, 26)): 3})
    return series


LATER = {"date": "2026-12-01"}


def panel_of(response):
    return BeautifulSoup(response.content, "html.parser").find(attrs={"data-forecast-url": True})


def test_the_editor_shows_the_next_dates_of_the_draft(desk, series):
    desk.post(edit_url(series), form_of(series, date="2027-01-05"))
    dates = [item.time["datetime"] for item in panel_of(desk.get(edit_url(series))).ol("li")]
    assert dates[:2] == ["2027-01-28", "2027-04-29"]
    assert len(dates) == 12
    series.refresh_from_db()
    assert series.date == date(2026, 11, 26)


def test_a_form_with_errors_shows_the_dates_that_were_typed(desk, series):
    response = desk.post(
        edit_url(series), form_of(series, title="", date="2027-01-05") | {"action-publish": "yes"}
    )
    assert panel_of(response).ol.li.time["datetime"] == "2027-01-28"


def test_a_new_page_says_what_is_needed(desk, event_index):
    url = reverse("wagtailadmin_pages:add", args=["prevent_events", "eventpage", event_index.pk])
    assert "Enter the first date" in panel_of(desk.get(url)).text


def test_the_running_order_is_reviewed_beside_its_field(desk, series):
    order = [("item", {"starts": "18:00", "ends": "18:30", "title": "Talk", "text": rich_text("")})]
    order[0][1]["speakers"] = streamfield([])
    response = desk.post(edit_url(series), form_of(series, agenda=streamfield(order)), follow=True)
    panel = BeautifulSoup(response.content, "html.parser").find(
        attrs={"data-forecast-panel": "running_order"}
    )
    assert "the running order fills 30 of them" in panel.text
    assert "There is a gap of 60 minutes from 6:30pm to 7:30pm." in panel.text


def test_a_draft_is_saved_without_a_question(desk, emptied):
    assert desk.post(edit_url(emptied), form_of(emptied, **LATER)).status_code == 302
    shown = panel_of(desk.get(edit_url(emptied)))
    assert SENTENCE in shown.text


def test_publishing_that_cancels_nobodys_date_asks_nothing(desk, series):
    form = form_of(series, **LATER) | {"action-publish": "yes"}
    assert post_accepting(desk, edit_url(series), form).status_code == 302
    assert not series.occurrences.filter(date=date(2026, 11, 26)).exists()


def test_publishing_from_elsewhere_asks_nothing(emptied):
    emptied.date = date(2026, 12, 1)
    emptied.save_revision().publish()
    assert emptied.occurrences.get(date=date(2026, 11, 26)).status == "cancelled"


@pytest.fixture
def submitted(emptied, editor):
    """The series, with a later first date that waits for a moderator."""
    emptied.date = date(2026, 12, 1)
    emptied.save_revision()
    emptied.get_workflow().start(emptied, editor)
    return EventPage.objects.get(pk=emptied.pk)


def test_a_moderator_who_rejects_is_not_asked(desk, submitted):
    form = form_of(submitted, **LATER) | {
        "action-workflow-action": "yes",
        "workflow-action-name": "reject",
    }
    assert desk.post(edit_url(submitted), form).status_code == 302


def test_the_rule_is_saved_and_compared_and_copy_leads_to_new_roundtable(desk, series, event_index):
    weekly = {
        "recurrence_repeats": "weekly",
        "recurrence_every": "2",
        "recurrence_ends": "count",
        "recurrence_count": "4",
    }
    assert desk.post(edit_url(series), form_of(series, **weekly)).status_code == 302
    draft = EventPage.objects.get(pk=series.pk).get_latest_revision_as_object()
    assert draft.schedule.rule == "FREQ=WEEKLY;INTERVAL=2;COUNT=4"

    first, last = series.revisions.order_by("created_at", "pk").values_list("pk", flat=True)
    compare = reverse("wagtailadmin_pages:revisions_compare", args=[series.pk, first, last])
    compared = BeautifulSoup(desk.get(compare).content, "html.parser").find("main").text
    assert "every third month on the last Thursday" in compared
    assert "every second week, 4 times" in compared

    copy = reverse("wagtailadmin_pages:copy", args=[series.pk])
    answers = {"new_title": "Copy", "new_slug": "copy", "new_parent_page": event_index.pk}
    for response in (desk.get(copy), desk.post(copy, answers)):
        assert response.status_code == 302
        assert response.url == reverse("prevent_new_event:copy", args=[series.pk])
    assert not EventPage.objects.filter(slug="copy").exists()


def test_a_draft_with_another_rule_is_previewed(desk, series):
    preview = reverse("wagtailadmin_pages:preview_on_edit", args=[series.pk])
    answer = desk.post(preview, form_of(series, recurrence_every="1"))
    assert answer.json()["is_valid"] is True
    assert desk.get(preview).status_code == 200


def test_an_invalid_rule_is_refused_beside_its_field(desk, series):
    bad = {"recurrence_until": "31 June 2027", "recurrence_ends": "until"}
    response = desk.post(edit_url(series), form_of(series, **bad))
    page = BeautifulSoup(response.content, "html.parser")
    assert "Enter “31 June 2027” as a real date" in page.text
    field = page.find(id="id_recurrence_until")
    assert field["value"] == "31 June 2027"
    assert field["aria-invalid"] == "true"


def test_hours_that_end_before_they_start_stop_the_forecast_and_not_the_editor(desk, series):
    response = desk.post(
        edit_url(series), form_of(series, starts="20:00") | {"action-publish": "yes"}
    )
    assert response.status_code == 200
    assert "Enter an end time that is after the start time." in panel_of(response).text
    series.refresh_from_db()
    assert series.starts == time(18)
