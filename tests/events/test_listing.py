from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, PageViewRestriction

from events import actions
from events.listing import PER_PAGE, ListingError, Month, list_occurrences
from events.models import Occurrence
from tests.conftest import NOW
from tests.factories import EventPageFactory, OccurrenceFactory, publish

Status = Occurrence.Status


def listing(query=None, *, at=NOW):
    return list_occurrences(Page.get_first_root_node(), query or {}, at=at)


def days(found):
    return [row.starts_on.isoformat() for row in found.occurrences]


@pytest.fixture
def dated(event):
    """Return a function that gives the event a date, by default from 6pm to 7:30pm."""
    event.occurrences.all().delete()

    def make(day, **options):
        return OccurrenceFactory(event=event, date=day, **options)

    return make


@pytest.mark.parametrize(
    ("day", "starts", "ends", "now", "is_upcoming"),
    [
        ((2026, 11, 26), time(18), time(19, 30), datetime(2026, 11, 26, 19, 29, 59), True),
        ((2026, 11, 26), time(18), time(19, 30), datetime(2026, 11, 26, 19, 30), False),
        ((2026, 7, 2), time(18), time(19, 30), datetime(2026, 7, 2, 18, 29), True),
        ((2026, 7, 2), time(18), time(19, 30), datetime(2026, 7, 2, 18, 30), False),
        # Half past midnight in London's summer is still the day before in UTC.
        ((2026, 7, 2), time(0, 15), time(0, 45), datetime(2026, 7, 1, 23, 30), True),
        ((2026, 7, 1), time(23), time(23, 45), datetime(2026, 7, 1, 23, 30), False),
        # The day on which the clocks go back has 25 hours.
        ((2026, 10, 25), time(0), time(23, 59), datetime(2026, 10, 25, 23, 58), True),
        ((2026, 10, 25), time(0), time(23, 59), datetime(2026, 10, 25, 23, 59), False),
    ],
)
def test_a_date_is_upcoming_until_it_ends_and_then_past(dated, day, starts, ends, now, is_upcoming):
    dated(date(*day), starts=starts, ends=ends)
    at = now.replace(tzinfo=UTC)
    assert bool(listing(at=at).occurrences) is is_upcoming
    assert bool(listing({"when": "past"}, at=at).occurrences) is not is_upcoming


def test_upcoming_dates_are_earliest_first_and_past_ones_latest_first(dated):
    for day in (date(2026, 12, 3), date(2026, 11, 26), date(2026, 1, 8), date(2026, 5, 26)):
        dated(day)
    assert days(listing()) == ["2026-11-26", "2026-12-03"]
    assert days(listing({"when": "upcoming"})) == ["2026-11-26", "2026-12-03"]
    assert days(listing({"when": "past"})) == ["2026-05-26", "2026-01-08"]


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.POSTPONED])
def test_cancelled_and_postponed_dates_are_shown_until_they_pass(dated, status):
    dated(date(2026, 11, 26), status=status)
    assert [row.status for row in listing().occurrences] == [status]
    assert listing(at=datetime(2026, 11, 26, 19, 30, tzinfo=UTC)).occurrences == []


def test_a_moved_date_is_listed_at_its_new_time(series):
    row = series.occurrences.first()
    new = datetime(2027, 3, 2, 18, tzinfo=UTC)
    actions.postpone_occurrence(
        row, reason="Snow", by=None, starts_at=new, ends_at=new + timedelta(hours=1)
    )
    assert days(listing())[:2] == ["2027-02-25", "2027-03-02"]
    assert days(listing({"month": "2026-11"})) == []
    assert days(listing({"month": "2027-03"})) == ["2027-03-02"]


@pytest.mark.parametrize("month", ["2026-06", "2026-07"])
def test_a_month_is_a_london_month(dated, month):
    dated(date(2026, 6, 30), starts=time(23, 30), ends=time(23, 45))
    dated(date(2026, 7, 1), starts=time(0, 15), ends=time(0, 45))
    assert [day[:7] for day in days(listing({"month": month}))] == [month]


def test_a_list_has_pages_and_keeps_its_filters(dated):
    for number in range(45):
        dated(date(2026, 12, 1) + timedelta(days=number))
    first, second, third = (listing({"page": str(page)}) for page in (1, 2, 3))
    assert [len(found.occurrences) for found in (first, second, third)] == [PER_PAGE, PER_PAGE, 5]
    assert (first.previous_query, first.next_query) == ("", "page=2")
    assert (third.previous_query, third.next_query) == ("page=2", "")
    month = listing({"month": "2026-12"})
    assert month.next_query == "month=2026-12&page=2"
    assert len(listing({"month": "2026-12", "page": "2"}).occurrences) == 31 - PER_PAGE


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        {"when": "never"},
        {"view": "pie"},
        *({"page": page} for page in ("0", "-1", "501", "0005001", "x", "1e2", "٣", "2")),
        *(
            {"month": month}
            for month in (
                *("2026", "2026-13", "2026-00", "2026-1", "2026- 1", "+026-11", "٢٠٢٦-١١"),
                *("1999-12", "2101-01", "9999-12", "0000-01", "2026-11-01", "2026-11\n"),
            )
        ),
    ],
)
def test_an_invalid_query_is_refused_in_words(query):
    with pytest.raises(ListingError):
        listing(query)


def test_months_continue_and_stop_where_nothing_is_listed():
    assert (str(Month(2026, 1).previous), str(Month(2026, 12).next)) == ("2025-12", "2027-01")
    assert Month(2000, 1).previous is None
    assert Month(2100, 12).next is None
    assert Month(2026, 11).name == "November 2026"


def test_the_month_table_has_whole_weeks_from_monday_and_each_date_in_its_cell(dated):
    dated(date(2026, 11, 26))
    dated(date(2026, 11, 26) + timedelta(days=10))
    found = listing({"view": "calendar"})
    assert found.month == Month(2026, 11)
    assert {len(week) for week in found.weeks} == {7}
    assert found.weeks[0][0].date == date(2026, 10, 26)
    cells = {day.date: day for week in found.weeks for day in week}
    assert [day for day, cell in cells.items() if cell.occurrences] == [date(2026, 11, 26)]
    assert [day for day, cell in cells.items() if cell.is_today] == [date(2026, 11, 2)]
    assert not cells[date(2026, 10, 31)].in_month


def test_private_dates_are_in_no_list(series, event):
    event.unpublish()
    PageViewRestriction.objects.create(page=series, restriction_type="login")
    for query in ({}, {"when": "past"}, {"month": "2026-11"}):
        assert listing(query).occurrences == []
    table = listing({"view": "calendar"}).weeks
    assert not any(day.occurrences for week in table for day in week)


def test_a_changed_title_and_address_reach_the_list(client, series):
    series.title, series.slug = "Another name", "another"
    publish(series)
    page = client.get("/prevent/roundtables/").content.decode()
    assert "Another name" in page
    assert "/prevent/roundtables/another/?date=2026-11-26" in page
    assert "community-roundtable" not in page


def test_a_list_costs_the_same_for_many_events_as_for_few(client, event_index, series):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(event_index.url).status_code == 200
        return len(queries)

    # Venues are read together, in one more query than for dates without any.
    EventPageFactory(parent=event_index)
    cost()
    few = cost()
    for _ in range(9):
        EventPageFactory(parent=event_index)
    assert cost() == few


def test_dates_have_a_place_filter_only_if_it_helps(event_index, series):
    assert list_occurrences(event_index, {}, at=NOW).filters == []
    moved = series.occurrences.order_by("date")[1]
    actions.move_online(moved, reason="The hall is flooded.", by=None)
    labels = [choice.label for choice in list_occurrences(event_index, {}, at=NOW).filters]
    assert labels == ["All", "In person", "Online"]
    assert list_occurrences(event_index, {"where": "online"}, at=NOW).occurrences == [moved]
    assert moved not in list_occurrences(event_index, {"where": "in-person"}, at=NOW).occurrences
    for where in ("x", "123456", "9" * 30):
        with pytest.raises(ListingError):
            list_occurrences(event_index, {"where": where}, at=NOW)
