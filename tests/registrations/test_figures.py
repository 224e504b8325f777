"""Figures of a date: the same before and after everyone on it is erased."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest

from events.registrations import retention
from events.registrations.figures import figures_of, financial_year
from events.registrations.models import DateFigures, Registration
from tests.factories import OccurrenceFactory, RegistrationFactory
from tests.registrations.review.conftest import address, client_of, crowd, person  # noqa: F401

pytestmark = pytest.mark.django_db

START = datetime(2026, 10, 1, 17, tzinfo=UTC)
OVER = START + timedelta(days=31)


@pytest.fixture
def evening(clock):
    occurrence = OccurrenceFactory(starts_at=START, ends_at=START + timedelta(hours=2))
    vegan = [{"name": "d", "label": "Diet", "type": "radio", "value": "Vegan"}]
    halal = [{"name": "d", "label": "Diet", "type": "radio", "value": "Halal"}]
    topics = [{"name": "t", "label": "Topics", "type": "checkboxes", "value": ["Buses", "Law"]}]
    shared = {"occurrence": occurrence, "erase_at": OVER, "answers": topics}
    september = datetime(2026, 9, 3, tzinfo=UTC)
    crowd(5, status="attended", guests=1, sensitive_answers=vegan, **shared)
    crowd(1, status="attended", sensitive_answers=halal, received_at=september, **shared)
    for status in ("did_not_attend", "withdrawn", "waiting", "declined"):
        crowd(2, status=status, **shared)
    return occurrence


def whole(occurrence) -> dict:
    found = figures_of([occurrence])[occurrence.pk]
    return {field.name: getattr(found, field.name) for field in fields(found)}


def erase_all() -> None:
    list(retention.erase_due(at=OVER))
    assert not Registration.objects.not_erased().exists()


def test_figures_are_the_same_before_and_after_everyone_is_erased(evening):
    before = whole(evening)
    assert before == {
        "booked": 14,
        "guests": 5,
        "came": 6,
        "came_guests": 5,
        "absent": 2,
        "withdrew": 2,
        "waited": 2,
        "declined": 2,
        "by_month": {
            "2026-09": 1,
            **{month: 13 for month in before["by_month"] if month > "2026-09"},
        },
    }
    erase_all()
    assert whole(evening) == before
    assert DateFigures.objects.get().booked == 14


def test_figures_are_right_when_some_are_erased_and_others_are_not(evening):
    before = whole(evening)
    for registration in Registration.objects.filter(status="attended")[:3]:
        retention.erase(registration, at=OVER)
    assert whole(evening) == before


def test_only_choices_of_five_people_or_more_outlive_them(evening):
    erase_all()
    kept = {(row["question"], row["choice"]): row for row in DateFigures.objects.get().choices}
    assert kept.keys() == {("Topics", "Buses"), ("Topics", "Law"), ("Diet", "Vegan")}
    assert (kept["Diet", "Vegan"]["number"], kept["Diet", "Vegan"]["sensitive"]) == (5, True)
    assert (kept["Topics", "Buses"]["number"], kept["Topics", "Buses"]["sensitive"]) == (8, False)


def test_sensitive_choices_are_counted_when_sensitive_answers_are_erased_first(evening):
    Registration.objects.update(erase_sensitive_at=OVER - timedelta(days=20))
    list(retention.erase_due(at=OVER - timedelta(days=15)))
    assert Registration.objects.not_erased().count() == 14
    erase_all()
    kept = {row["choice"] for row in DateFigures.objects.get().choices}
    assert "Vegan" in kept
    assert "Halal" not in kept


def test_someone_erased_at_their_own_request_before_the_event_counts_as_cancelled(clock):
    registration = RegistrationFactory(status="confirmed", guests=2)
    retention.erase(registration, at=registration.occurrence.starts_at - timedelta(days=3))
    found = figures_of([registration.occurrence])[registration.occurrence_id]
    assert (found.booked, found.withdrew, found.guests) == (1, 1, 0)


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 3, 31), 2025),
        (date(2026, 4, 1), 2026),
        (date(2026, 12, 31), 2026),
        (date(2027, 1, 1), 2026),
    ],
)
def test_the_financial_year_begins_on_1_april(day, year):
    assert financial_year(day) == year


def test_the_report_shows_chart_table_and_csv_without_names(evening, client_of):  # noqa: F811
    erase_all()
    client = client_of("lead without sensitive")
    page = client.get(address("figures")).content.decode()
    assert "11 people came, guests included" in page
    assert "<title>October: 11</title>" in page
    assert "Topics: Buses, 8" in page
    assert "Vegan" not in page
    assert "Diet: Vegan, 5" in client_of("lead").get(address("figures")).content.decode()
    file = client.get(address("figures"), {"year": "2026", "format": "csv"})
    text = b"".join(file).decode()
    assert '"2026-10-01"' in text
    assert '"14","5","6","5","2","2","2","2"' in text


def test_the_report_limits_an_organiser_to_their_events(evening, client_of):  # noqa: F811
    page = client_of("organiser").get(address("figures")).content.decode()
    assert "No dates have taken place in this year yet" in page


def test_an_invalid_year_shows_the_current_one(evening, client_of):  # noqa: F811
    page = client_of("lead").get(address("figures"), {"year": "x"}).content.decode()
    assert "2026 to 2027" in page


def test_part_of_a_party_counts_as_that_part_before_and_after_erasure(db):
    date = OccurrenceFactory()
    row = RegistrationFactory(occurrence=date, status="attended", guests=3, came=2)
    before = figures_of([date])[date.pk]
    assert (before.came, before.came_guests) == (1, 1)
    retention.erase(row, at=row.erase_at + timedelta(days=1))
    assert figures_of([date])[date.pk].came_guests == 1
