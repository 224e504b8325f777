"""The screens where editors change one date: who may, what they show, and what they do once."""

from datetime import UTC, datetime, time

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from events import actions
from events.models import OccurrenceChange
from tests.events.admin.conftest import REASON, address, dates_of, send, text_of
from tests.factories import EventPageFactory, UserFactory, VenueFactory


def test_the_form_says_how_many_people_will_be_emailed(desk, row, expect):
    expect({row: 2})
    response = desk.get(address(row))
    assert response.status_code == 200
    assert (
        "2 people are registered for Thursday 26 November 2026 and will get an email."
        in text_of(response)
    )


def test_one_person_is_not_people(desk, row, expect):
    expect({row: 1})
    assert "1 person is registered for" in text_of(desk.get(address(row)))


def test_nothing_happens_before_confirmation(desk, row, expect):
    expect({row: 2})
    response = send(desk, row, confirmed=False)
    assert response.status_code == 200
    said = text_of(response)
    assert "Thursday 26 November 2026, 6pm to 7:30pm will be shown as cancelled" in said
    assert "2 people are registered" in said
    assert REASON in said
    row.refresh_from_db()
    assert (row.status, row.sequence) == ("scheduled", 0)


def test_the_confirmation_page_passes_on_every_answer(desk, row):
    page = BeautifulSoup(send(desk, row, confirmed=False).content, "html.parser")
    form = page.find("main").find("form", method="post")
    kept = {field["name"]: field.get("value", "") for field in form.find_all("input")}
    assert kept["reason"] == REASON
    desk.post(address(row), kept | {"confirmed": "yes"})
    row.refresh_from_db()
    assert (row.status, row.reason) == ("cancelled", REASON)


def test_going_back_keeps_what_was_typed(desk, row):
    response = desk.post(address(row), {"sequence": 0, "reason": REASON, "change": "yes"})
    assert response.status_code == 200
    assert REASON in BeautifulSoup(response.content, "html.parser").find("textarea").text


def test_cancelling_records_the_editor_and_the_reason(desk, row, editor, expect):
    expect({row: 2})
    response = send(desk, row)
    assert response.url == dates_of(row.event)
    change = OccurrenceChange.objects.get()
    assert (change.action, change.reason, change.by) == ("cancelled", REASON, editor)
    assert "2 people will get an email." in text_of(desk.get(response.url))


def test_an_outdated_form_changes_nothing_and_keeps_its_answers(desk, row):
    actions.move_online(row, reason="The hall is flooded.", by=None)
    stale = desk.post(address(row), {"sequence": 0, "reason": REASON, "confirmed": "yes"})
    assert stale.status_code == 409
    said = text_of(stale)
    assert "someone changed this date while you had this page open" in said
    assert "Moved online: The hall is flooded." in said
    row.refresh_from_db()
    assert row.status == "moved_online"
    page = BeautifulSoup(stale.content, "html.parser")
    assert REASON in page.find("textarea").text
    now = page.find("input", {"name": "sequence"})["value"]
    assert (
        desk.post(address(row), {"sequence": now, "reason": REASON, "confirmed": "yes"}).status_code
        == 302
    )
    row.refresh_from_db()
    assert row.status == "cancelled"


@pytest.mark.parametrize("sequence", ["", "x", "-1", "7", "9" * 30])
def test_a_form_without_the_version_it_showed_is_asked_again(desk, row, sequence):
    response = desk.post(address(row), {"sequence": sequence, "reason": REASON, "confirmed": "yes"})
    assert response.status_code in (409, 422)
    row.refresh_from_db()
    assert row.sequence == 0


@pytest.mark.parametrize(
    ("act", "answers"),
    [
        ("cancel", {}),
        ("postpone", {"until": "open"}),
        (
            "postpone",
            {"until": "new", "day": "3 December 2026", "starts": "19:00", "ends": "20:30"},
        ),
        ("move-online", {}),
        ("change-venue", {"venue": "other"}),
    ],
)
def test_sending_the_same_form_twice_does_it_once(desk, row, act, answers):
    if "venue" in answers:
        answers = {"venue": VenueFactory().pk}
    seen = row.sequence
    for _ in range(2):
        response = desk.post(
            address(row, act),
            {"sequence": seen, "reason": REASON, "confirmed": "yes"} | answers,
        )
        assert response.status_code == 302
    assert row.changes.count() == 1


def test_another_form_with_the_same_reason_is_not_the_same_form(desk, row):
    for day, status in (("3 December 2026", 302), ("4 December 2026", 409)):
        response = desk.post(
            address(row, "postpone"),
            {
                "sequence": 0,
                "reason": REASON,
                "confirmed": "yes",
                "until": "new",
                "day": day,
                "starts": "19:00",
                "ends": "20:00",
            },
        )
        assert response.status_code == status
    assert row.changes.count() == 1


def test_a_date_of_another_event_is_not_found(desk, row, event_index):
    other = EventPageFactory(parent=event_index)
    assert desk.get(address(row, event=other)).status_code == 404
    assert desk.post(address(row, event=other), {"reason": REASON}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/cms/event-dates/{event}/6a2f41a3-c54c-fce8-32d2-0324e1c32e22/cancel/",
        "/cms/event-dates/{event}/nonsense/cancel/",
        "/cms/event-dates/{event}/{row}/burn/",
        "/cms/event-dates/{other}/{row}/cancel/",
        "/cms/event-dates/{other}/",
        "/cms/event-dates/99999999999999999999999/",
    ],
)
def test_unknown_addresses_are_not_found(desk, row, path):
    address = path.format(event=row.event_id, row=row.uuid, other=row.event.get_parent().pk)
    assert desk.get(address).status_code == 404


@pytest.fixture
def page_editor(editor):
    """An editor whose group has lost the right to change dates."""
    group = Group.objects.get(name="Communications editors")
    group.permissions.remove(Permission.objects.get(codename="change_occurrence_status"))
    return editor


@pytest.fixture
def date_changer(db):
    """Someone who may change dates, but no page."""
    user = UserFactory(username="dot")
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["change_occurrence_status", "access_admin"])
    )
    return user


@pytest.mark.parametrize("who", ["page_editor", "date_changer", "lead"])
def test_without_both_rights_every_address_answers_403(client, row, who, request):
    client.force_login(request.getfixturevalue(who))
    for path in (
        reverse("prevent_event_dates:index"),
        reverse("prevent_event_dates:index_results"),
        dates_of(row.event),
        address(row),
    ):
        assert client.get(path).status_code == 403
    assert send(client, row).status_code == 403
    row.refresh_from_db()
    assert row.sequence == 0


def test_a_visitor_is_asked_to_sign_in(client, row):
    assert "/login/" in client.get(address(row)).url
    assert "/login/" in send(client, row).url


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(desk, row, method):
    assert getattr(desk, method)(address(row)).status_code == 405


def test_a_post_without_its_token_is_refused(row, editor):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    assert send(strict, row).status_code == 403


def test_the_list_of_an_event_has_its_coming_dates_people_and_actions(desk, series, row, expect):
    expect({row: 2})
    page = BeautifulSoup(desk.get(dates_of(series)).content, "html.parser")
    first = page.find("main").find("tbody").find("tr")
    said = " ".join(first.get_text(" ").split())
    assert "Thursday 26 November 2026 6pm to 7:30pm Scheduled" in said
    assert [link["href"].split("/")[-2] for link in first.find_all("a")] == [
        "cancel",
        "postpone",
        "move-online",
        "change-venue",
    ]
    assert " 2 " in said


def test_past_dates_are_shown_on_request(desk, series, clock):
    clock.move_to(datetime(2026, 11, 27, tzinfo=UTC))
    assert "26 November 2026" not in text_of(desk.get(dates_of(series)))
    past = text_of(desk.get(dates_of(series), {"when": "past"}))
    assert "26 November 2026" in past
    assert "Nothing to change" in past


def test_all_events_a_user_may_change_share_a_list(desk, series, event, home, event_index):
    said = text_of(desk.get(reverse("prevent_event_dates:index")))
    assert series.title in said
    assert event.title in said
    found = text_of(desk.get(reverse("prevent_event_dates:index"), {"q": "One even"}))
    assert event.title in found
    assert series.title not in found


@pytest.mark.parametrize("query", ["status=x", "when=never", "status=%00"])
def test_an_unknown_filter_is_answered_with_400(desk, series, query):
    for path in (dates_of(series), reverse("prevent_event_dates:index")):
        assert desk.get(f"{path}?{query}").status_code == 400


@pytest.mark.parametrize("query", ["p=x", "p=999", "q=%00", "q=" + "a" * 5000, "ordering=x"])
def test_other_invalid_parameters_do_no_harm(desk, series, query):
    assert desk.get(f"{reverse('prevent_event_dates:index')}?{query}").status_code < 500


def test_the_list_costs_the_same_for_one_event_and_for_many(
    desk, event_index, series, django_assert_max_num_queries
):
    path = reverse("prevent_event_dates:index")
    desk.get(path)
    for number in range(5):
        EventPageFactory(parent=event_index, starts=time(10 + number), ends=time(20))
    with django_assert_max_num_queries(40):
        desk.get(path)


def test_actions_are_in_the_history_in_words(desk, row):
    send(desk, row)
    history = desk.get(reverse("wagtailadmin_pages:history", args=[row.event_id]))
    assert "Thursday 26 November 2026: cancelled" in text_of(history)
    assert REASON in text_of(history)


def test_the_editor_and_the_lists_of_pages_lead_to_the_dates(desk, series, event_index):
    edit = desk.get(reverse("wagtailadmin_pages:edit", args=[series.pk]))
    assert dates_of(series) in edit.content.decode()
    listing = desk.get(reverse("wagtailadmin_explore", args=[event_index.pk]))
    assert dates_of(series) in listing.content.decode()
    assert reverse("prevent_event_dates:index") in listing.content.decode()


def test_nothing_leads_to_the_dates_for_people_who_may_not_change_them(client, page_editor, series):
    client.force_login(page_editor)
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[series.pk])).content.decode()
    assert f'href="{dates_of(series)}"' not in edit
    assert reverse("prevent_event_dates:index") + '"' not in edit
