"""The event editor's form: the rule is asked in plain words and checked against the first date."""

from datetime import date

import pytest

from events.admin.forms import EventPageForm, rule_errors
from events.models import EventPage
from events.recurrence_field import RuleField
from events.recurrence_values import recurrence_for

FIRST = date(2026, 5, 28)
LAST_THURSDAY = "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH"


def test_the_page_editor_asks_for_the_rule_in_plain_words():
    form_class = EventPage.get_edit_handler().get_form_class()
    assert issubclass(form_class, EventPageForm)
    assert isinstance(form_class.base_fields["recurrence"], RuleField)


@pytest.mark.parametrize(
    ("rule", "skipped", "extra"),
    [
        ("", [], []),
        (LAST_THURSDAY, [date(2026, 11, 26)], []),
        (LAST_THURSDAY, [date(2022, 5, 26)], []),
        ("FREQ=WEEKLY;BYDAY=FR", [], []),
        ("FREQ=WEEKLY;COUNT=1", [FIRST], [date(2026, 6, 1)]),
        ("", [FIRST], [date(2026, 1, 15)]),
    ],
    ids=["once", "a skipped date", "one long past", "off the rule", "one extra", "only an earlier"],
)
def test_a_rule_that_fits_the_first_date_has_no_errors(rule, skipped, extra):
    assert rule_errors(recurrence_for(rule, skipped, extra), FIRST) == []


def test_a_skipped_date_outside_the_rule_is_named():
    value = recurrence_for(LAST_THURSDAY, [date(2026, 8, 27), date(2026, 11, 25)])
    assert rule_errors(value, FIRST) == [
        "25 November 2026 is a date to leave out, but the event is not on that date. "
        "Correct it or remove it"
    ]


@pytest.mark.parametrize(
    ("rule", "skipped"),
    [
        ("FREQ=WEEKLY;UNTIL=20260527", []),
        ("FREQ=WEEKLY;COUNT=1", [FIRST]),
        ("", [FIRST]),
        ("FREQ=MONTHLY;INTERVAL=12;BYDAY=5TH;UNTIL=20260828", []),
    ],
)
def test_a_rule_that_leaves_no_date_is_refused(rule, skipped):
    assert rule_errors(recurrence_for(rule, skipped), FIRST) == [
        "These answers give no dates. Change how the event repeats, or the first date"
    ]
