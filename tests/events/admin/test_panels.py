"""The page editor's requests while someone types."""

from datetime import date

import pytest
from django.urls import reverse

from tests.factories import EventPageFactory

NEW = "/cms/event-dates/forecast/"
TYPED = {
    "date": "2026-12-03",
    "starts": "18:00",
    "ends": "19:30",
    "recurrence_repeats": "no",
    "agenda-count": "0",
}


def address(event):
    return reverse("prevent_event_dates:event_forecast", args=[event.pk])


def test_a_draft_comes_back_as_panels_and_a_sentence(desk, event):
    answer = desk.post(address(event), TYPED).json()
    assert sorted(answer) == ["panels", "status"]
    assert sorted(answer["panels"]) == ["dates", "running_order"]
    assert "Thursday 3 December 2026" in answer["panels"]["dates"]
    assert "The running order is empty." in answer["panels"]["running_order"]
    assert answer["status"] == "The next date is Thursday 3 December 2026."


def test_nothing_is_saved(desk, event):
    desk.post(address(event), TYPED)
    event.refresh_from_db()
    assert event.date == date(2026, 11, 26)
    assert event.occurrences.get().date == date(2026, 11, 26)
    assert event.revisions.count() == 1


def test_people_who_are_registered_are_counted(desk, event, expect):
    expect({event.occurrences.get(): 2})
    html = desk.post(address(event), TYPED).json()["panels"]["dates"]
    assert "2 people are registered for 26 November 2026" in html


def test_an_unsaved_page_has_a_forecast_too(desk, event_index):
    answer = desk.post(NEW, TYPED)
    assert answer.status_code == 200
    assert "Thursday 3 December 2026" in answer.json()["panels"]["dates"]


def test_what_was_typed_is_escaped(desk, event):
    typed = TYPED | {
        "agenda-count": "1",
        "agenda-0-type": "item",
        "agenda-0-order": "0",
        "agenda-0-value-starts": "17:00",
        "agenda-0-value-title": "<script>alert(1)</script>",
    }
    html = desk.post(address(event), typed).json()["panels"]["running_order"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"date": "\0", "starts": "\0", "ends": "\0"},
        {"date": "9999-12-31", "starts": "18:00", "ends": "19:00", "recurrence_repeats": "daily"},
        {"recurrence_every": "9" * 5000},
        {"recurrence_skipped": "x\n" * 5000},
        {"agenda-count": "many"},
        {"agenda-count": "-1"},
        {"agenda-count": "9" * 5000},
        {"agenda-count": "1", "agenda-0-type": "item", "agenda-0-value-starts": "18:00"},
        {
            "agenda-count": "1",
            "agenda-0-type": "item",
            "agenda-0-value-starts": "18:00",
            "agenda-0-order": "first",
        },
    ],
)
def test_malformed_forms_get_an_answer_and_never_fail(desk, event, odd):
    for path in (NEW, address(event)):
        assert desk.post(path, TYPED | odd).status_code in (200, 400)
        assert desk.post(path, odd).status_code in (200, 400)


def test_a_malformed_form_is_refused_with_a_sentence(desk, event):
    answer = desk.post(address(event), TYPED | {"agenda-count": "many"})
    assert answer.status_code == 400
    assert answer.json() == {"error": "Part of this form is missing. Reload the page."}


def test_only_people_who_may_edit_the_event_get_an_answer(client, lead, event):
    client.force_login(lead)
    for path in (NEW, address(event)):
        answer = client.post(path, TYPED)
        assert answer.status_code == 403
        assert answer.json() == {"error": "You do not have permission to edit this event."}


def test_other_pages_have_no_forecast(desk, event, event_index):
    assert desk.post(address(event_index), TYPED).status_code == 404


def test_a_get_request_is_refused(desk, event):
    assert desk.get(address(event)).status_code == 405


def test_the_cost_does_not_grow_with_the_dates(desk, event_index, django_assert_max_num_queries):
    daily = EventPageFactory(parent=event_index, rule="FREQ=DAILY")
    desk.post(address(daily), TYPED)
    with django_assert_max_num_queries(15):
        desk.post(address(daily), TYPED)
