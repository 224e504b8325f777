"""What a date's description for search engines says of registering."""

import json
import re

import pytest

from events.actions import cancel_occurrence
from events.registrations import places
from events.registrations.models import PlaceCount
from tests.factories import RegistrationPageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(series):
    return RegistrationPageFactory(parent=series, capacity=2)


def offer(client, row):
    html = client.get(f"{row.event.url}?date={row.date.isoformat()}").content.decode()
    scripts = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)
    found = {item["@id"]: item for item in map(json.loads, scripts)}
    return found[f"urn:uuid:{row.uuid}"].get("offers")


def test_a_date_that_is_open_says_where_to_register(client, page, series):
    row = series.occurrences.first()
    assert offer(client, row)["url"].endswith(f"/register/?date={row.date.isoformat()}")
    assert offer(client, row)["availability"].endswith("InStock")


def test_a_date_without_a_place_left_is_sold_out(client, page, series):
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
