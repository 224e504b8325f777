"""The desk where editors change one date: who may, what it says, and what it does once."""

from datetime import UTC, date, datetime, time

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from events import acts
from events.models import AttendanceMode, Occurrence, OccurrenceChange
from tests.factories import EventPageFactory, UserFactory, VenueFactory, publish

REASON = "The speakers are ill."


@pytest.fixture
def row(series) -> Occurrence:
    return series.occurrences.get(date=date(2026, 11, 26))


def address(row, act="cancel", event=None):
    return reverse("prevent_event_dates:act", args=[(event or row.event).pk, row.uuid, act])


def dates_of(event):
    return reverse("prevent_event_dates:event", args=[event.pk])


def text_of(response) -> str:
    soup = BeautifulSoup(response.content, "html.parser")
    return " ".join((soup.find("main") or soup).get_text(" ").split())


def send(client, row, act="cancel", *, confirmed=True, **answers):
    posted = {"sequence": row.sequence, "reason": REASON} | answers
    if confirmed:
        posted["confirmed"] = "yes"
    return client.post(address(row, act), posted)


def test_the_form_says_how_many_people_will_be_told(desk, row, expect):
    expect({row: 2})
    response = desk.get(address(row))
    assert response.status_code == 200
    assert (
        "2 people are registered for Thursday 26 November 2026 and will be told by email."
        in text_of(response)
    )


def test_one_person_is_not_people(desk, row, expect):
    expect({row: 1})
    assert "1 person is registered for" in text_of(desk.get(address(row)))


def test_nothing_happens_before_it_is_confirmed(desk, row, expect):
    expect({row: 2})
    response = send(desk, row, confirmed=False)
    assert response.status_code == 200
    said = text_of(response)
    assert "Thursday 26 November 2026, 6pm to 7:30pm will be shown as cancelled" in said
    assert "2 people are registered" in said
    assert REASON in said
    row.refresh_from_db()
    assert (row.status, row.sequence) == ("scheduled", 0)


def test_the_page_that_asks_carries_every_answer_to_the_next(desk, row):
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


def test_cancelling_is_done_by_the_editor_with_the_reason(desk, row, editor, expect):
    expect({row: 2})
    response = send(desk, row)
    assert response.url == dates_of(row.event)
    change = OccurrenceChange.objects.get()
    assert (change.act, change.reason, change.by) == ("cancelled", REASON, editor)
    assert "2 people are being told by email." in text_of(desk.get(response.url))


@pytest.mark.parametrize(
    ("act", "answers", "status", "recorded"),
    [
        ("cancel", {}, "cancelled", "cancelled"),
        ("postpone", {"until": "open"}, "postponed", "postponed"),
        (
            "postpone",
            {"until": "new", "day": "3 December 2026", "starts": "19:00", "ends": "20:30"},
            "scheduled",
            "rescheduled",
        ),
        ("move-online", {}, "moved_online", "moved_online"),
    ],
)
def test_each_act_leaves_its_status_and_its_line_in_the_log(
    desk, row, act, answers, status, recorded
):
    assert send(desk, row, act, **answers).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.sequence) == (status, 1)
    assert row.changes.get().act == recorded


def test_a_date_moves_to_the_london_time_that_was_entered(desk, row):
    send(desk, row, "postpone", until="new", day="27/5/2027", starts="18:30", ends="20:00")
    row.refresh_from_db()
    assert row.starts_at == datetime(2027, 5, 27, 17, 30, tzinfo=UTC)
    assert row.ends_at == datetime(2027, 5, 27, 19, tzinfo=UTC)
    assert row.date == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("day", "typed", "ends", "starts_at", "sentence"),
    [
        (
            "28 March 2027",
            "01:30",
            "04:00",
            datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
            "The clocks leave out 1:30am that night, so it starts at 2:30am.",
        ),
        (
            "31 October 2027",
            "01:30",
            "04:00",
            datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
            "The clocks show 1:30am twice that night. It starts at the first of the two.",
        ),
    ],
)
def test_an_hour_that_the_clocks_skip_or_repeat_is_named_before_and_kept_after(
    desk, row, day, typed, ends, starts_at, sentence
):
    answers = {"until": "new", "day": day, "starts": typed, "ends": ends}
    assert sentence in text_of(send(desk, row, "postpone", confirmed=False, **answers))
    send(desk, row, "postpone", **answers)
    row.refresh_from_db()
    assert row.starts_at == starts_at


def test_a_bank_holiday_and_another_date_on_the_new_day_are_named(desk, row):
    answers = {"until": "new", "starts": "18:00", "ends": "19:30"}
    easter = text_of(send(desk, row, "postpone", confirmed=False, day="29 March 2027", **answers))
    assert "Monday 29 March 2027: Easter Monday." in easter
    taken = text_of(send(desk, row, "postpone", confirmed=False, day="25 February 2027", **answers))
    assert "another date on that day: Thursday 25 February 2027, 6pm to 7:30pm." in taken


def test_another_venue_is_chosen_from_the_list(desk, row):
    other = VenueFactory(name="Library")
    said = text_of(send(desk, row, "change-venue", venue=other.pk, confirmed=False))
    assert f"moves from {row.event.venue.name} to Library." in said
    send(desk, row, "change-venue", venue=other.pk)
    row.refresh_from_db()
    assert row.place == other


def test_a_cancelled_date_is_reinstated(desk, row):
    acts.cancel_occurrence(row, reason=REASON, by=None)
    assert send(desk, row, "reinstate", reason="They are well again.").status_code == 302
    row.refresh_from_db()
    assert (row.status, row.sequence) == ("scheduled", 2)


@pytest.mark.parametrize(
    ("act", "answers", "sentence"),
    [
        ("cancel", {"reason": "  "}, "Enter a reason. The public sees it"),
        ("cancel", {"reason": "x" * 251}, "Enter a reason of 250 characters or fewer"),
        ("postpone", {}, "Choose whether the new date is known"),
        ("postpone", {"until": "later"}, "Choose whether the new date is known"),
        ("postpone", {"until": "new", "day": "31 June 2027"}, "as a real date"),
        ("postpone", {"until": "new"}, "Enter the new date, like 26 November 2026"),
        (
            "postpone",
            {"until": "new", "day": "3/12/2026", "starts": "late"},
            "Enter the time like 18:30",
        ),
        (
            "postpone",
            {"until": "new", "day": "3/12/2026", "starts": "19:30", "ends": "18:00"},
            "Enter an end time that is after the start time",
        ),
        (
            "postpone",
            {"until": "new", "day": "1/11/2026", "starts": "18:00", "ends": "19:00"},
            "Enter a date and time that are still to come",
        ),
        (
            "postpone",
            {"until": "new", "day": "1/11/2062", "starts": "18:00", "ends": "19:00"},
            "Enter a date in the next two years",
        ),
        (
            "postpone",
            {"until": "new", "day": "26/11/2026", "starts": "18:00", "ends": "19:30"},
            "It is held then already",
        ),
        ("change-venue", {}, "Choose the new venue"),
        ("change-venue", {"venue": "99999"}, "Choose a venue from the list"),
        ("change-venue", {"venue": "x"}, "Choose a venue from the list"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_everything_typed(
    desk, row, act, answers, sentence
):
    response = send(desk, row, act, **answers)
    assert response.status_code == 422
    assert sentence in text_of(response)
    page = BeautifulSoup(response.content, "html.parser").find("main")
    for name, typed in answers.items():
        if name in ("day", "starts", "ends"):
            assert page.find("input", {"name": name})["value"] == typed
    if "reason" not in answers:
        assert REASON in page.find("textarea").text
    row.refresh_from_db()
    assert row.sequence == 0


def test_the_present_venue_is_not_a_change(desk, row):
    response = send(desk, row, "change-venue", venue=row.event.venue_id)
    assert response.status_code == 422
    assert "It is held there already" in text_of(response)


def test_a_form_that_was_overtaken_changes_nothing_and_keeps_its_answers(desk, row):
    acts.move_online(row, reason="The hall is flooded.", by=None)
    stale = desk.post(address(row), {"sequence": 0, "reason": REASON, "confirmed": "yes"})
    assert stale.status_code == 409
    said = text_of(stale)
    assert "somebody changed this date while this page was open" in said
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
def test_a_form_that_does_not_say_what_was_seen_is_asked_again(desk, row, sequence):
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


def test_an_act_that_makes_no_sense_is_refused_before_and_after(desk, row):
    assert desk.get(address(row, "reinstate")).status_code == 409
    response = send(desk, row, "reinstate")
    assert response.status_code == 409
    assert "This date is going ahead already" in text_of(response)
    assert REASON in text_of(response)


def test_a_date_that_has_taken_place_is_not_changed(desk, row, clock):
    clock.move_to(datetime(2026, 11, 27, tzinfo=UTC))
    response = send(desk, row)
    assert response.status_code == 409
    assert "This date has taken place" in text_of(response)


def test_a_date_that_waited_beyond_its_time_gets_a_new_one(desk, row, clock, editor):
    acts.postpone_occurrence(row, reason=REASON, by=None)
    clock.move_to(datetime(2027, 1, 4, tzinfo=UTC))
    desk.force_login(editor)
    assert "Postponed" in text_of(desk.get(dates_of(row.event)))
    assert send(desk, row, "reinstate").status_code == 409
    send(desk, row, "postpone", until="new", day="4 February 2027", starts="18:00", ends="19:00")
    row.refresh_from_db()
    assert row.when == "Thursday 4 February 2027, 6pm to 7pm"


def test_a_date_is_not_reinstated_while_its_event_does_not_ask_for_it(desk, series, row):
    acts.cancel_occurrence(row, reason=REASON, by=None)
    series.date = date(2026, 12, 1)
    type(series).objects.filter(pk=series.pk).update(date=series.date)
    response = send(desk, row, "reinstate")
    assert response.status_code == 409
    assert "26 November 2026 is no longer one of the event’s dates" in text_of(response)


def test_an_event_that_is_online_has_no_venue_to_change(desk, series, row):
    series.attendance_mode = AttendanceMode.ONLINE
    publish(series)
    assert send(desk, row, "change-venue", venue=VenueFactory().pk).status_code == 409
    assert send(desk, row, "move-online").status_code == 409


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
def test_what_does_not_exist_is_not_found(desk, row, path):
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
    """Somebody who may change dates, but no page."""
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


def test_the_list_of_an_event_has_its_coming_dates_people_and_acts(desk, series, row, expect):
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


def test_past_dates_are_shown_when_asked_for(desk, series, clock):
    clock.move_to(datetime(2026, 11, 27, tzinfo=UTC))
    assert "26 November 2026" not in text_of(desk.get(dates_of(series)))
    past = text_of(desk.get(dates_of(series), {"when": "past"}))
    assert "26 November 2026" in past
    assert "Nothing to change" in past


def test_all_events_that_one_may_change_share_a_list(desk, series, event, home, event_index):
    said = text_of(desk.get(reverse("prevent_event_dates:index")))
    assert series.title in said
    assert event.title in said
    found = text_of(desk.get(reverse("prevent_event_dates:index"), {"q": "One even"}))
    assert event.title in found
    assert series.title not in found


@pytest.mark.parametrize("query", ["status=x", "when=never", "status=%00"])
def test_a_filter_that_does_not_exist_is_answered_with_400(desk, series, query):
    for path in (dates_of(series), reverse("prevent_event_dates:index")):
        assert desk.get(f"{path}?{query}").status_code == 400


@pytest.mark.parametrize("query", ["p=x", "p=999", "q=%00", "q=" + "a" * 5000, "ordering=x"])
def test_other_nonsense_does_no_harm(desk, series, query):
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


def test_what_was_done_is_in_the_history_in_words(desk, row):
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


def test_nothing_leads_to_the_dates_for_somebody_who_may_not_change_them(
    client, page_editor, series
):
    client.force_login(page_editor)
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[series.pk])).content.decode()
    assert f'href="{dates_of(series)}"' not in edit
    assert reverse("prevent_event_dates:index") + '"' not in edit
