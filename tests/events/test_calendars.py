from datetime import UTC, date, datetime, time, timedelta

import icalendar
import pytest
from django.db import transaction
from wagtail.models import Page, Site

from events import actions
from events.calendars import calendar_file, render
from events.ics import vevent
from events.models import EventPage, Occurrence
from events.sync import keep_up, sync_event
from tests.conftest import NOW
from tests.factories import EventPageFactory, OccurrenceFactory, VenueFactory, publish

AGENDA = [
    ("time", {"mark": "doors", "starts": time(17, 45)}),
    ("item", {"starts": time(18), "ends": time(18, 40), "title": "The Prevent Strategy"}),
    (
        "refreshments",
        {"starts": time(18, 40), "ends": time(19), "served": "Tea, coffee", "dietary": "Halal."},
    ),
]


@pytest.fixture
def full_event(event_index):
    """An event with something for every field of a calendar."""
    return EventPageFactory(
        parent=event_index,
        title="Prevent roundtable",
        slug="evening",
        venue=VenueFactory(
            name="Hall", note="Made up for tests.", latitude="51.81665", longitude="-0.81458"
        ),
        organiser__team="Community team",
        agenda=AGENDA,
    )


def entry(event):
    """Return the one stored calendar entry of an event, parsed."""
    return icalendar.Event.from_ical(bytes(event.occurrences.get().vevent))


def stored(event):
    return {row.date: bytes(row.vevent) for row in event.occurrences.all()}


def test_a_date_moved_online_mentions_no_doors_refreshments_or_directions(full_event, client):
    row = full_event.occurrences.get()
    page = full_event.get_url_parts()[2]
    words = ("Doors open", "Tea, coffee", "Halal", "Made up for tests")
    assert all(word in entry(full_event)["DESCRIPTION"] for word in words)
    before = client.get(page).content.decode()
    assert all(word in before for word in words[:3])
    actions.move_online(row, reason="Snow", by=None, at=NOW)
    found = entry(full_event)
    assert found["LOCATION"] == "Online"
    assert "The Prevent Strategy" in found["DESCRIPTION"]
    assert not [word for word in words if word in found["DESCRIPTION"]]
    after = client.get(page).content.decode()
    assert "The Prevent Strategy" in after
    assert not [word for word in (*words, "Getting in and around") if word in after]


def test_an_entry_matches_the_page(full_event):
    found = entry(full_event)
    row = full_event.occurrences.get()
    assert found["UID"] == str(row.uuid)
    assert found["SUMMARY"] == "Prevent roundtable"
    assert found["LOCATION"] == "Hall, 1 High Street, Exampleton, HP99 9ZZ"
    assert found["URL"] == ("http://testserver/prevent/roundtables/evening/?date=2026-11-26")
    assert found["GEO"].to_ical() == "51.81665;-0.81458"
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (row.starts_at, row.ends_at)
    assert found["DESCRIPTION"].split("\n") == [
        "Hear, ask and find out.",
        "",
        "Running order",
        "5:45pm: Doors open",
        "6pm to 6:40pm: The Prevent Strategy",
        "6:40pm to 7pm: Tea, coffee. Halal",
        "",
        "Organised by Community team",
        "",
        "Made up for tests.",
        "",
        "http://testserver/prevent/roundtables/evening/",
    ]


def test_an_entry_holds_neither_the_inbox_nor_the_joining_link(full_event):
    full_event.joining_link = "https://meet.example/secret"
    full_event.attendance_mode = "both"
    publish(full_event)
    written = bytes(full_event.occurrences.get().vevent).replace(b"\r\n ", b"")
    assert b"secret" not in written
    assert b"inbox" not in written
    assert b"and online" in written


def test_a_calendar_title_leaves_the_word_out_of_everything_a_calendar_shows(full_event):
    full_event.calendar_title = "Community evening"
    publish(full_event)
    row = full_event.occurrences.get()
    written = calendar_file(row).replace(b"\r\n ", b"").lower()
    assert b"summary:community evening" in written
    assert b"tea\\, coffee" in written
    assert b"prevent" not in written.replace(b"prodid:-//prevent roundtables//", b"")
    assert entry(full_event)["URL"] == f"http://testserver/calendar/occurrences/{row.uuid}/"


def test_publishing_without_a_public_change_keeps_every_byte(clock, series):
    before = stored(series)
    clock.shift(3600)
    series.content_owner = "Another team"
    publish(series)
    assert stored(series) == before


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("title", "Another name", b"SUMMARY:Another name"),
        ("summary", "Something else.", b"Something else."),
        ("calendar_title", "An evening", b"SUMMARY:An evening"),
        ("attendance_mode", "online", b"LOCATION:Online"),
        ("slug", "elsewhere", b"/elsewhere/?date=2027-02-25"),
        ("starts", time(17), b"T170000"),
    ],
)
def test_publishing_a_public_change_renders_each_date_again(clock, series, name, value, line):
    clock.shift(3600)
    setattr(series, name, value)
    series = publish(series)
    for row in series.occurrences.filter(date=date(2027, 2, 25)):
        assert line in bytes(row.vevent).replace(b"\r\n ", b"")
        assert (row.sequence, row.changed_at) == (1, NOW + timedelta(hours=1))
        assert b"DTSTAMP:20261102T130000Z" in bytes(row.vevent)
        assert b"CREATED:20261102T120000Z" in bytes(row.vevent)


def test_an_edited_venue_updates_only_its_own_dates(clock, series):
    elsewhere = VenueFactory(name="Elsewhere")
    moved = series.occurrences.get(date=date(2027, 2, 25))
    actions.change_venue(moved, elsewhere, reason="Larger", by=None)
    before = stored(series)
    clock.shift(3600)
    elsewhere.name = "Town hall"
    elsewhere.save()
    changed = {day for day, written in stored(series).items() if written != before[day]}
    assert changed == {date(2027, 2, 25)}
    assert b"LOCATION:Town hall" in stored(series)[date(2027, 2, 25)]


def test_an_edited_organiser_updates_its_dates(event):
    event.organiser.team = "Another team"
    event.organiser.save()
    assert "Organised by Another team" in entry(event)["DESCRIPTION"]


def test_a_renamed_site_changes_the_addresses_of_its_dates(event):
    site = Site.objects.get()
    site.is_default_site, site.hostname, site.port = False, "www.council.example", 443
    site.save()
    assert entry(event)["URL"].startswith("https://www.council.example/prevent/")


def test_without_a_setting_the_default_site_uses_its_own_name(event, settings):
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": ""}
    sync_event(event)
    assert entry(event)["URL"].startswith("http://localhost/prevent/")


def test_moving_a_parent_page_updates_the_addresses(
    event, prevent_page, home, django_capture_on_commit_callbacks
):
    Page.objects.get(slug="roundtables").move(home, pos="last-child")
    assert entry(event)["URL"] == f"http://testserver/roundtables/{event.slug}/?date=2026-11-26"
    index = Page.objects.get(slug="roundtables").specific
    index.slug = "evenings"
    with django_capture_on_commit_callbacks(execute=True):
        publish(index)
    assert entry(event)["URL"] == f"http://testserver/evenings/{event.slug}/?date=2026-11-26"


@pytest.mark.parametrize(
    ("status", "written", "summary"),
    [
        ("scheduled", "CONFIRMED", "One evening"),
        ("moved_online", "CONFIRMED", "One evening"),
        ("cancelled", "CANCELLED", "Cancelled: One evening"),
        ("postponed", "TENTATIVE", "Postponed: One evening"),
    ],
)
def test_the_status_of_a_date_is_that_of_its_entry(event, status, written, summary):
    row = event.occurrences.get()
    row.status, row.reason = status, "Snow"
    found = icalendar.Event.from_ical(render(event, [row])[0])
    assert (found["STATUS"], found["SUMMARY"]) == (written, summary)
    assert "Snow" in found["DESCRIPTION"]


def test_every_stored_entry_equals_what_icalendar_renders_for_it_alone(full_event):
    from events.calendars import EventTexts

    full_event.recurrence = "RRULE:FREQ=WEEKLY;COUNT=40"
    event = publish(full_event)
    rows = list(event.occurrences.all())
    actions.cancel_occurrence(rows[3], reason="Snow", by=None)
    texts = EventTexts.of(event)
    assert len(rows) == 40
    for row in event.occurrences.all():
        assert bytes(row.vevent) == vevent(texts.entry(row))


def test_an_impossible_position_is_left_out(full_event):
    full_event.venue.latitude = 123
    full_event.venue.save()
    assert "GEO" not in entry(full_event)


def test_a_row_without_an_entry_gets_one_without_a_new_revision(event):
    event.occurrences.update(vevent=b"")
    sync_event(event)
    row = event.occurrences.get()
    assert (row.sequence, row.changed_at) == (0, NOW)
    assert row.vevent


def test_an_undone_action_leaves_the_entry_unchanged(event):
    row = event.occurrences.get()

    @transaction.atomic
    def cancel_and_fail():
        actions.cancel_occurrence(row, reason="Snow", by=None)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cancel_and_fail()
    assert b"CONFIRMED" in bytes(Occurrence.objects.get(pk=row.pk).vevent)


def test_an_email_can_carry_one_dates_file_even_after_the_page_is_deleted(event):
    row = event.occurrences.get()
    assert b"BEGIN:VEVENT" in calendar_file(row)
    gone = OccurrenceFactory(vevent=row.vevent)
    assert str(row.uuid).encode() in calendar_file(gone)


def test_the_nightly_job_renders_outdated_entries_and_leaves_the_rest(
    event, series, django_assert_max_num_queries
):
    old = event.occurrences.get()
    event.occurrences.update(vevent=old.vevent.replace(b"One", b"Won"))
    before = stored(series)
    list(keep_up(at=NOW))
    assert entry(event)["SUMMARY"] == "One evening"
    assert stored(series) == before
    with django_assert_max_num_queries(12):
        assert not any(keep_up(at=NOW))


def test_the_nightly_job_completes_an_interrupted_publication(series):
    Occurrence.objects.filter(event=series, date__gt=date(2027, 1, 1)).delete()
    EventPage.objects.filter(pk=series.pk).update(starts=time(17))
    list(keep_up(at=NOW))
    assert series.occurrences.count() == 8
    assert series.occurrences.get(date=date(2026, 11, 26)).starts_at == datetime(
        2026, 11, 26, 17, tzinfo=UTC
    )
