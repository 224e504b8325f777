from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events import actions
from tests.factories import EventPageFactory, RegistrationPageFactory, publish

INDEX = "/prevent/roundtables/"


def soup(client, address, query=None, status=200):
    response = client.get(address, query or {})
    assert response.status_code == status
    return BeautifulSoup(response.content, "html.parser")


def text_of(page):
    return " ".join(page.get_text(" ").split())


def link(page, words):
    (found,) = [a for a in page.find_all("a") if words in a.get_text()]
    return found["href"]


def path_of(page):
    return page.get_url_parts()[2]


def shown_date(page):
    return page.select_one(".app-booking time")["datetime"]


def test_an_event_is_shown_at_its_next_date(client, series):
    assert shown_date(soup(client, path_of(series))) == "2026-11-26T18:00:00+00:00"


def test_the_address_shows_a_date_even_a_past_one(client, clock, series):
    page = soup(client, path_of(series), {"date": "2027-05-27"})
    assert shown_date(page) == "2027-05-27T18:00:00+01:00"
    clock.move_to(datetime(2027, 1, 10, tzinfo=UTC))
    page = soup(client, path_of(series), {"date": "2026-11-26"})
    assert "This event has ended" in text_of(page)


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("2026-11-27", 404),
        ("9999-12-31", 404),
        ("0001-01-01", 404),
        *((wanted, 400) for wanted in ("x", "2026-13-01", "20261126", "2026-11-26T18:00")),
    ],
)
def test_an_invalid_date_is_refused_and_the_next_one_shown(client, series, wanted, status):
    page = soup(client, path_of(series), {"date": wanted}, status)
    assert "There is a problem" in text_of(page)
    assert shown_date(page) == "2026-11-26T18:00:00+00:00"


def test_the_next_date_skips_a_cancelled_one_and_says_so(client, series):
    actions.cancel_occurrence(series.occurrences.first(), reason="Snow is forecast.", by=None)
    page = soup(client, path_of(series))
    assert shown_date(page) == "2027-02-25T18:00:00+00:00"
    said = text_of(page.select_one(".govuk-inset-text"))
    assert said == (
        "Thursday 26 November 2026 is cancelled. Snow is forecast. "
        "The next date going ahead is Thursday 25 February 2027."
    )


def test_all_coming_dates_are_on_the_page(client, event_index):
    weekly = EventPageFactory(parent=event_index, rule="FREQ=WEEKLY")
    page = soup(client, path_of(weekly))
    days = {a["href"] for a in page.find_all("a", href=True) if a["href"].startswith("?date=")}
    expected = {f"?date={row.date}" for row in weekly.occurrences.all()[1:]}
    assert len(expected) > 100
    assert days == expected


def test_the_change_log_says_what_when_and_why_newest_first(client, clock, series):
    row = series.occurrences.first()
    new = datetime(2026, 12, 3, 19, tzinfo=UTC)
    actions.cancel_occurrence(row, reason="Snow.", by=None)
    clock.shift(86400)
    actions.reinstate_occurrence(row, reason="Thaw.", by=None)
    actions.postpone_occurrence(
        row, reason="Speakers.", by=None, starts_at=new, ends_at=new + timedelta(hours=1)
    )
    page = soup(client, path_of(series))
    assert [text_of(item) for item in page.select(".app-changes__item")] == [
        "3 November 2026 Thursday 26 November 2026: moved to Thursday 3 December 2026, 7pm. "
        "Speakers.",
        "3 November 2026 Thursday 26 November 2026: going ahead again. Thaw.",
        "2 November 2026 Thursday 26 November 2026: cancelled. Snow.",
    ]


def test_the_page_links_to_files_subscription_and_other_calendars(client, series):
    row = series.occurrences.get(date=date(2027, 5, 27))
    page = soup(client, path_of(series), {"date": "2027-05-27"})
    calendar = f"/calendar/events/{series.pk}.ics"
    assert link(page, "another calendar") == f"/calendar/occurrences/{row.uuid}.ics"
    assert link(page, "All dates") == calendar
    assert link(page, "Subscribe") == f"webcal://testserver{calendar}"
    assert page.select_one("code.app-address").get_text() == f"http://testserver{calendar}"
    for address in (calendar, link(page, "another calendar")):
        assert client.get(address).status_code == 200
    google = parse_qs(urlsplit(link(page, "Google")).query)
    assert google["dates"] == ["20270527T170000Z/20270527T183000Z"]
    assert google["text"] == ["Community roundtable"]
    for words in ("Outlook.com", "Outlook for work"):
        outlook = parse_qs(urlsplit(link(page, words)).query)
        assert outlook["startdt"] == ["2027-05-27T17:00:00Z"]
        assert outlook["enddt"] == ["2027-05-27T18:30:00Z"]
        assert outlook["body"] == [f"http://testserver{path_of(series)}?date=2027-05-27"]


def test_an_event_with_one_date_mentions_no_other(client, event_index):
    once = EventPageFactory(parent=event_index)
    words = text_of(soup(client, path_of(once)).find("main"))
    assert "Add to your calendar" in words
    for other in ("Next date", "All dates", "all dates", "Other dates", "other dates"):
        assert other not in words


@pytest.mark.parametrize("ending", ["cancelled", "postponed", "past"])
def test_a_cancelled_date_offers_no_place_and_no_calendar(client, clock, event_index, ending):
    event = EventPageFactory(parent=event_index)
    RegistrationPageFactory(parent=event)
    row = event.occurrences.get()
    words = text_of(soup(client, path_of(event)).find("main"))
    assert "Book a place" in words
    if ending == "cancelled":
        actions.cancel_occurrence(row, reason="Snow.", by=None)
    elif ending == "postponed":
        actions.postpone_occurrence(row, reason="Snow.", by=None)
    else:
        clock.move_to(row.ends_at + timedelta(days=1))
    words = text_of(soup(client, path_of(event)).find("main"))
    for offer in ("Book a place", "Add to your calendar", "Places available"):
        assert offer not in words


def test_links_to_other_calendars_are_as_neutral_as_the_file(client, series):
    series.calendar_title = "An evening"
    publish(series)
    google = parse_qs(urlsplit(link(soup(client, path_of(series)), "Google")).query)
    assert google["text"] == ["An evening"]
    assert "prevent" not in str(google).lower()


def test_machines_find_the_calendar_and_the_feed_from_both_pages(client, series):
    for address, calendar in (
        (INDEX, "/calendar/events.ics"),
        (path_of(series), f"/calendar/events/{series.pk}.ics"),
    ):
        page = soup(client, address)
        found = {item["type"]: item["href"] for item in page.head.find_all("link", rel="alternate")}
        assert found == {
            "text/calendar": calendar,
            "application/atom+xml": "/calendar/events.atom",
        }


def test_the_index_offers_the_calendar_of_all_dates(client, series):
    page = soup(client, INDEX)
    assert link(page, "Subscribe") == "webcal://testserver/calendar/events.ics"
    assert link(page, "feed reader") == "/calendar/events.atom"


@pytest.mark.parametrize(
    "query", [{"when": "x"}, {"month": "x"}, {"page": "x"}, {"page": "9"}, {"view": "x"}]
)
def test_an_invalid_index_address_is_refused_in_words(client, series, query):
    page = soup(client, INDEX, query, 400)
    assert page.title.get_text().startswith("Error: ")
    assert "There is a problem" in text_of(page)


def test_a_long_month_has_a_second_page(client, event_index):
    EventPageFactory(parent=event_index, rule="FREQ=DAILY;COUNT=35", date=date(2026, 12, 1))
    page = soup(client, INDEX, {"month": "2026-12"})
    assert link(page, "Next") == "?month=2026-12&page=2"
    assert (
        len(soup(client, INDEX, {"month": "2026-12", "page": "2"}).select(".app-event-card")) == 11
    )


def test_the_month_table_names_each_day_and_links_its_events(client, series):
    page = soup(client, INDEX, {"view": "calendar", "month": "2026-11"})
    assert len(page.select("table.app-month thead th")) == 7
    (cell,) = [cell for cell in page.select("td.app-month__day") if cell.find("a")]
    assert "Thursday 26 November" in text_of(cell)
    assert cell.find("a")["href"] == f"{path_of(series)}?date=2026-11-26"
    assert link(page, "December 2026") == "?month=2026-12&view=calendar"
    assert link(page, "October 2026") == "?month=2026-10&view=calendar"


def test_other_dates_are_listed_by_year_with_their_places(client, series):
    RegistrationPageFactory(parent=series)
    actions.cancel_occurrence(series.occurrences.all()[2], reason="Snow.", by=None)
    page = soup(client, path_of(series))
    (section,) = page.select('section[aria-labelledby="dates"]')
    assert [text_of(year) for year in section.find_all("h3")] == ["2027", "2028"]
    first, second = section.select(".app-dates__item")[:2]
    assert text_of(first) == "Thursday 25 February 2027 6pm to 7:30pm Places available"
    assert text_of(second) == "Thursday 27 May 2027 6pm to 7:30pm Cancelled"


def test_an_event_page_costs_the_same_for_many_dates_as_for_few(client, event_index):
    def cost(event):
        client.get(path_of(event))
        with CaptureQueriesContext(connection) as queries:
            client.get(path_of(event))
        return len(queries)

    few = EventPageFactory(parent=event_index, rule="FREQ=MONTHLY;COUNT=2")
    many = EventPageFactory(parent=event_index, rule="FREQ=WEEKLY")
    assert cost(few) == cost(many)
