"""Days read as Django writes them, in each language of the public site."""

from datetime import date, time

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format

from events.dates_in_words import day_in_words, hours_in_words, month_and_year, weekday

LANGUAGES = [code for code, _ in settings.LANGUAGES]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 11, 26), date(2028, 2, 29)])
def test_days_are_written_as_django_writes_them(language, day):
    with translation.override(language):
        assert day_in_words(day) == date_format(day, "l j F Y")
        assert weekday(day) == date_format(day, "l")
        assert month_and_year(day) == date_format(day, "F Y")


def test_hours_are_on_the_12_hour_clock_in_english():
    assert hours_in_words(time(18), time(19, 30)) == "6pm to 7:30pm"


@pytest.mark.parametrize("language", ["pl", "ur"])
def test_hours_are_on_the_24_hour_clock_elsewhere(language):
    with translation.override(language):
        found = hours_in_words(time(18), time(19, 30))
    assert "18:00" in found
    assert "19:30" in found
    assert "pm" not in found
