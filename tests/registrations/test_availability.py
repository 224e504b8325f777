"""What a date's structured data says about registering."""

import json
import re
from datetime import datetime, timedelta

import pytest

from events.actions import cancel_occurrence
from events.registrations import places
from events.registrations.availability import next_opening
from events.registrations.models import PlaceCount
from tests.factories import RegistrationPageFactory, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(series):
    return RegistrationPageFactory(parent=series, capacity=2)


def offer(client, row):
    html = client.get(f"{row.event.url}?date={row.date.isoformat()}").content.decode()
    scripts = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)
    found = {item["@id"]: item for item in map(json.loads, scripts)}
    return found[f"urn:uuid:{row.uuid}"].get("offers")


def test_an_open_date_says_where_to_register(client, page, series):
    row = series.occurrences.first()
    assert offer(client, row)["url"].endswith(f"/register/?date={row.date.isoformat()}")
    assert offer(client, row)["availability"].endswith("InStock")


def test_a_full_date_is_sold_out(client, page, series):
    row = series.occurrences.first()
    places.ensure_count(row, page)
    PlaceCount.objects.update(taken=2)
    assert offer(client, row)["availability"].endswith("SoldOut")


def test_a_cancelled_date_offers_nothing(client, page, series, admin):
    row = series.occurrences.first()
    cancel_occurrence(row, reason="Snow", by=admin)
    assert offer(client, row) is None


def test_an_event_without_a_published_form_offers_nothing(client, page, series):
    page.unpublish()
    assert offer(client, series.occurrences.first()) is None


@pytest.mark.parametrize(
    ("starts", "days", "hours", "opens", "closes"),
    [
        # The clocks go forward on 28 March 2027, and back on 25 October 2026.
        ("2027-04-01T17:00Z", 7, 48, "2027-03-25T18:00Z", "2027-03-30T17:00Z"),
        ("2027-03-29T17:00Z", 2, 48, "2027-03-27T18:00Z", "2027-03-27T18:00Z"),
        ("2026-10-29T18:00Z", 7, 120, "2026-10-22T17:00Z", "2026-10-24T17:00Z"),
        ("2026-11-26T18:00Z", 7, 2, "2026-11-19T18:00Z", "2026-11-26T16:00Z"),
    ],
)
def test_opening_and_closing_keep_the_london_hour_when_the_clocks_change(
    page, series, starts, days, hours, opens, closes
):
    row = series.occurrences.first()
    row.starts_at, opens, closes = map(datetime.fromisoformat, (starts, opens, closes))
    page.opens_days_before, page.closes_hours_before = days, hours
    assert (page.opening(row), page.closing(row)) == (opens, closes)


def test_a_cached_page_knows_when_booking_opens_across_a_clock_change(page, series):
    page.opens_days_before, page.closes_hours_before = 7, 0
    publish(page)
    row = series.occurrences.first()
    starts = datetime.fromisoformat("2027-04-01T17:00Z")
    type(row).objects.exclude(pk=row.pk).delete()
    type(row).objects.filter(pk=row.pk).update(
        starts_at=starts, ends_at=starts + timedelta(hours=1)
    )
    opens = datetime.fromisoformat("2027-03-25T18:00Z")
    for minutes in (1, 59, 61):
        assert next_opening(None, at=opens - timedelta(minutes=minutes)) == opens
    assert next_opening(None, at=opens) == starts
