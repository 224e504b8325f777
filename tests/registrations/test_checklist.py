"""The checklist's rules about registration forms, as a table; and a real form's facts."""

from dataclasses import replace

import pytest

from events.registrations.checklist import FormFacts, Question, review_form
from events.registrations.models import RegistrationField
from tests.conftest import NOW

ACCESS = Question("Access needs", is_sensitive=True)
READY = FormFacts(
    privacy_text="We delete your answers after 30 days.",
    consent_text="I agree",
    has_recipient=True,
    questions=(ACCESS,),
    capacity=40,
)
MANY = tuple(Question(f"Question {number}") for number in range(8))

STATES = [
    ("error", "privacy", {"privacy_text": " "}, "Explain what happens"),
    ("error", "consent", {"consent_text": ""}, "the words people agree to"),
    ("error", "recipient", {"has_recipient": False}, "nowhere to send"),
    ("error", "capacity-none", {"capacity": 0}, "no places"),
    ("error", "never-opens", {"never_opens": True}, "closes before it opens"),
    ("error", "question-sensitive", {"questions": (ACCESS, Question("Allergies"))}, "“Allergies”"),
    ("warning", "capacity", {"capacity": None}, "no limit on places"),
    ("warning", "closed", {"has_closed": True}, "has already closed"),
    ("warning", "retention", {"retention_days": 200, "privacy_text": "We do"}, "200 days"),
    ("warning", "retention-sensitive", {"sensitive_retention_days": 21}, "kept for 21 days"),
    ("warning", "privacy-claims", {"privacy_text": "Used for nothing else"}, "nothing else"),
    ("warning", "privacy-claims", {"privacy_text": "Nobody is profiled"}, "may have to act"),
    ("warning", "privacy-days", {"privacy_text": "Gone after 14 days"}, "speaks of 14 days"),
    ("warning", "question-unwanted", {"questions": (ACCESS, Question("Your faith"))}, "Leave"),
    (
        "warning",
        "question-required",
        {"questions": (replace(ACCESS, is_required=True),)},
        "require",
    ),
    (
        "warning",
        "required-many",
        {"questions": (ACCESS, *(replace(each, is_required=True) for each in MANY[:4]))},
        "4 questions",
    ),
    ("warning", "questions-many", {"questions": (ACCESS, *MANY)}, "there are 9"),
    ("warning", "access-unasked", {"questions": ()}, "The form does not ask about access needs"),
]


@pytest.mark.parametrize(("severity", "code", "wrong", "words"), STATES)
def test_a_wrong_state_has_its_sentence(severity, code, wrong, words):
    (finding,) = review_form(replace(READY, **wrong))
    assert (finding.severity, finding.code) == (severity, code)
    assert words in finding.message


def test_a_finished_state_has_none():
    assert list(review_form(READY)) == []


def test_an_online_event_needs_no_limit():
    assert list(review_form(replace(READY, capacity=None, is_in_person=False))) == []


@pytest.mark.django_db
def test_a_real_form_gives_its_facts(registration_page):
    facts = registration_page.facts(at=NOW)
    assert facts.privacy_text.strip() == "We delete what you tell us 30 days after the event."
    assert facts.has_recipient
    assert [question.label for question in facts.questions] == ["Your question", "Access needs"]
    assert not facts.never_opens
    registration_page.opens_days_before, registration_page.closes_hours_before = 1, 48
    registration_page.form_fields.add(
        RegistrationField(label="Health", field_type="singleline", sort_order=9)
    )
    wrong = {finding.code for finding in registration_page.findings(at=NOW)}
    assert {"never-opens", "question-sensitive"} <= wrong
