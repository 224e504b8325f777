import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Left, Length
from wagtail.models import PageViewRestriction

from events.english_dates import LONDON
from events.models import AttendanceMode, EventPage, Occurrence
from events.models.occurrences import occurrence_uuid
from tests.factories import EventPageFactory, OccurrenceFactory, VenueFactory

pytestmark = pytest.mark.django_db

SIX = datetime(2026, 11, 26, 18, tzinfo=UTC)
HALF_PAST_SEVEN = datetime(2026, 11, 26, 19, 30, tzinfo=UTC)
Status = Occurrence.Status


def at(*moment):
    """Return a London time."""
    return datetime(*moment, tzinfo=LONDON)


def dates(rows):
    return [row.date.isoformat() for row in rows]


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "when"),
    [
        (at(2022, 5, 26, 18), at(2022, 5, 26, 19, 30), "Thursday 26 May 2022, 6pm to 7:30pm"),
        (
            at(2026, 11, 26, 18),
            at(2026, 11, 26, 19, 30),
            "Thursday 26 November 2026, 6pm to 7:30pm",
        ),
        (at(2026, 7, 1, 0, 30), at(2026, 7, 1, 12), "Wednesday 1 July 2026, 12:30am to midday"),
        (
            at(2026, 7, 1, 23, 30),
            at(2026, 7, 2, 0, 30),
            "Wednesday 1 July 2026, 11:30pm to 12:30am the next day",
        ),
    ],
)
def test_a_date_is_described_in_london_time(starts_at, ends_at, when):
    row = Occurrence(starts_at=starts_at.astimezone(UTC), ends_at=ends_at.astimezone(UTC))
    assert row.when == when


def test_a_summer_night_belongs_to_the_london_day_and_not_the_utc_one():
    row = Occurrence(title="Late", starts_at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    assert row.starts_on == date(2026, 7, 1)
    assert str(row) == "Late, 1 July 2026"


@pytest.mark.parametrize(
    ("moment", "is_upcoming"),
    [
        (SIX - timedelta(days=365), True),
        (SIX, True),
        (HALF_PAST_SEVEN - timedelta(seconds=1), True),
        (HALF_PAST_SEVEN, False),
        (HALF_PAST_SEVEN + timedelta(days=2), False),
    ],
)
def test_a_date_is_upcoming_until_it_ends_and_then_past(moment, is_upcoming):
    row = OccurrenceFactory()
    assert list(Occurrence.objects.upcoming(at=moment)) == ([row] if is_upcoming else [])
    assert list(Occurrence.objects.past(at=moment)) == ([] if is_upcoming else [row])
    assert row.has_ended(at=moment) is not is_upcoming


def test_an_event_past_midnight_in_summer_is_upcoming_until_half_past_midnight_in_london():
    OccurrenceFactory(
        date=date(2026, 6, 30),
        starts_at=at(2026, 6, 30, 23, 30),
        ends_at=at(2026, 7, 1, 0, 30),
    )
    assert Occurrence.objects.upcoming(at=at(2026, 7, 1, 0, 29)).count() == 1
    assert Occurrence.objects.upcoming(at=at(2026, 7, 1, 0, 30)).count() == 0


def test_coming_dates_have_the_next_first_and_past_ones_the_last():
    for day in (26, 24, 25):
        OccurrenceFactory(date=date(2026, 11, day))
    assert dates(Occurrence.objects.upcoming(at=at(2026, 11, 1))) == [
        "2026-11-24",
        "2026-11-25",
        "2026-11-26",
    ]
    assert dates(Occurrence.objects.past(at=at(2026, 12, 1)))[0] == "2026-11-26"


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        (date(2026, 7, 1), date(2026, 7, 31), ["2026-07-01", "2026-07-31"]),
        (date(2026, 6, 30), date(2026, 6, 30), ["2026-06-30"]),
        (date(2026, 7, 2), date(2026, 7, 30), []),
        (date(2026, 7, 31), date(2026, 7, 31), ["2026-07-31"]),
    ],
)
def test_a_range_of_days_includes_its_first_and_last_by_london_time(first, last, found):
    # In UTC the first two of these three are on the same day.
    for day, hour in ((date(2026, 6, 30), 23), (date(2026, 7, 1), 0), (date(2026, 7, 31), 23)):
        OccurrenceFactory(date=day, starts=time(hour, 15), ends=time(hour, 45))
    assert dates(Occurrence.objects.between(first, last)) == found


def public():
    return Occurrence.objects.public().count()


def test_private_dates_are_left_out(client, event, series):
    assert public() == 1 + 8
    event.unpublish()
    assert public() == 8
    restriction = PageViewRestriction.objects.create(
        page=series.get_parent(), restriction_type="login"
    )
    assert public() == 0
    restriction.delete()
    assert public() == 8


def test_a_restricted_page_hides_only_what_is_below_it(event, series):
    PageViewRestriction.objects.create(page=event, restriction_type="password", password="x")
    assert {row.event_id for row in Occurrence.objects.public()} == {series.pk}


def as_a_join():
    """Return the open dates by the slower join, for comparison."""
    restrictions = PageViewRestriction.objects.filter(
        page__path=Left(OuterRef("event__path"), Length("page__path"))
    )
    return Occurrence.objects.filter(~Exists(restrictions), event__live=True)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL says it in other words")
def test_finding_public_dates_reads_no_page_but_the_events_own(series):
    """With the statistics of a site that has pages, and no restrictions."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    first = slice(1, 21)
    public, joined = Occurrence.objects.public()[first], as_a_join()[first]
    assert {row.pk for row in public} == {row.pk for row in joined}
    scanned = re.compile(r"SCAN U1 .*wagtailcore_page_")
    assert scanned.search(joined.explain())
    assert not scanned.search(public.explain())
    assert "SCAN U0" not in public.explain()


def test_a_date_whose_page_is_deleted_is_not_public(db):
    OccurrenceFactory()
    assert public() == 0


def test_one_event_has_one_row_for_each_date(event):
    with pytest.raises(IntegrityError), transaction.atomic():
        OccurrenceFactory(event=event, date=event.date)


@pytest.mark.parametrize("minutes", [0, -90])
def test_a_row_that_does_not_end_after_it_starts_never_reaches_the_database(minutes):
    with pytest.raises(IntegrityError):
        OccurrenceFactory(ends_at=SIX + timedelta(minutes=minutes))


def test_the_identifier_of_an_events_date_is_stable_when_the_row_is_made_again():
    assert occurrence_uuid(7, date(2026, 11, 26)) == occurrence_uuid(7, date(2026, 11, 26))
    others = [occurrence_uuid(8, date(2026, 11, 26)), occurrence_uuid(7, date(2026, 11, 27))]
    assert occurrence_uuid(7, date(2026, 11, 26)) not in others


@pytest.mark.parametrize(
    ("mode", "status", "expected"),
    [
        ("in_person", Status.SCHEDULED, AttendanceMode.IN_PERSON),
        ("both", Status.SCHEDULED, AttendanceMode.BOTH),
        ("in_person", Status.MOVED_ONLINE, AttendanceMode.ONLINE),
        ("both", Status.MOVED_ONLINE, AttendanceMode.ONLINE),
        ("online", Status.CANCELLED, AttendanceMode.ONLINE),
    ],
)
def test_the_mode_of_a_date_is_its_own_or_its_events(mode, status, expected):
    row = Occurrence(event=EventPage(attendance_mode=mode), status=status)
    assert row.attendance_mode == expected


def test_the_place_of_a_date_is_its_own_or_its_events_and_none_online(event):
    row = event.occurrences.get()
    assert row.place == event.venue
    row.venue = elsewhere = VenueFactory()
    assert row.place == elsewhere
    row.status = Status.MOVED_ONLINE
    assert row.place is None


@pytest.mark.parametrize(
    ("status", "previous", "expected"),
    [
        (Status.SCHEDULED, None, False),
        (Status.SCHEDULED, SIX, True),
        (Status.POSTPONED, SIX, False),
        (Status.POSTPONED, None, False),
    ],
)
def test_a_date_is_rescheduled_if_it_has_a_new_time(status, previous, expected):
    assert Occurrence(status=status, previous_starts_at=previous).is_rescheduled is expected


def test_what_a_page_shows_of_many_dates_costs_one_query(event_index, django_assert_num_queries):
    for _ in range(3):
        EventPageFactory(parent=event_index)
    with django_assert_num_queries(1):
        for row in Occurrence.objects.for_display():
            assert row.place.name
            assert row.event.organiser.team
