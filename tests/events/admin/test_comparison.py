"""Two versions of a rule, side by side in words."""

from datetime import date

import pytest
from recurrence import Recurrence, Rule

from events.admin.panels import rule_in_words
from events.recurrence_values import recurrence_for


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "on one date"),
        (recurrence_for(""), "on one date"),
        (recurrence_for("FREQ=WEEKLY;COUNT=3"), "every week, 3 times"),
        (
            recurrence_for("FREQ=WEEKLY", [date(2026, 12, 24)], [date(2027, 1, 2)]),
            "every week; without 24 December 2026; and on 2 January 2027",
        ),
    ],
)
def test_a_rule_is_compared_in_words(value, words):
    assert rule_in_words(value) == words


def test_an_unsupported_rule_says_what_is_wrong_with_it():
    assert "one rule" in rule_in_words(Recurrence(rrules=[Rule(2), Rule(3)]))
