"""Figures for dates, as the dashboard and the list of dates show them."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.registrations.review.date_counts import date_counts
from tests.factories import OccurrenceFactory


def test_a_date_without_bookings_has_its_forms_capacity(series, registration_page):
    registration_page.capacity = 40
    registration_page.save_revision().publish()
    [counts] = date_counts(series.occurrences.order_by("date")[:1])
    assert counts.places_in_words == "0 of 40 places taken"


def test_a_date_of_an_event_without_a_form_has_no_limit(db):
    [counts] = date_counts([OccurrenceFactory()])
    assert counts.places_in_words == "0 places taken, no limit"


def test_a_dates_own_capacity_precedes_its_forms(series, registration_page):
    date = series.occurrences.order_by("date").first()
    date.capacity = 12
    [counts] = date_counts([date])
    assert counts.capacity == 12


def test_many_dates_take_as_few_queries_as_one(
    series, registration_page, django_assert_max_num_queries
):
    with CaptureQueriesContext(connection) as of_one:
        date_counts(series.occurrences.all()[:1])
    with django_assert_max_num_queries(len(of_one)):
        date_counts(series.occurrences.all()[:4])
