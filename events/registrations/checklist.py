"""What is wrong with a registration form before the public uses it. No Django."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prevent_content.checklist.rules import Finding, error, warning

# An event's needs end with the event; data stored longer needs a reason.
RETENTION_AT_MOST = 90
SENSITIVE_RETENTION_AT_MOST = 14
REQUIRED_AT_MOST = 3
QUESTIONS_AT_MOST = 8

# Special category data (UK GDPR, article 9) and related words in questions.
SENSITIVE_WORDS = re.compile(
    r"\b(access|diet|dietary|allerg\w*|health|medical|disab\w*|impair\w*|pregnan\w*"
    r"|support needs?)",
    re.IGNORECASE,
)
UNWANTED_WORDS = re.compile(
    r"\b(ethnic\w*|race|religio\w*|faith|nationalit\w*|immigration|citizenship|politic\w*|belief\w*"
    r"|sexual\w*|gender|date of birth|national insurance|passport|criminal\w*)\b",
    re.IGNORECASE,
)
# Claims no form may make: a lead may act on a worrying answer.
CLAIMS = re.compile(
    r"\bfor nothing else\b|\bno other (?:purpose|use|reason)\b|\b(?:nobody|no one) is profiled\b",
    re.IGNORECASE,
)
DAYS_PROMISED = re.compile(r"\b(\d{1,3})\s+days?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    label: str
    is_required: bool = False
    is_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class FormFacts:
    """Facts about a registration form for the rules; any may be missing."""

    privacy_text: str = ""
    consent_text: str = ""
    has_recipient: bool = False
    retention_days: int = 30
    sensitive_retention_days: int = 7
    questions: tuple[Question, ...] = ()
    capacity: int | None = None
    is_in_person: bool = True
    has_closed: bool = False
    never_opens: bool = False


def review_form(facts: FormFacts) -> Iterator[Finding]:
    """Yield what is wrong with a registration form."""
    yield from review_privacy(facts)
    yield from review_questions(facts)
    if not facts.has_recipient:
        yield error(
            "recipient",
            "There is nowhere to send registrations. Enter an inbox here. Or give the event an "
            "organiser with an inbox, publish the event, then publish this page",
        )
    if facts.capacity == 0:
        yield error(
            "capacity-none",
            "There are no places. Enter a number, or leave blank for no limit",
            "capacity",
        )
    elif facts.capacity is None and facts.is_in_person:
        yield warning(
            "capacity",
            "There is no limit on places. Check how many people the room holds",
            "capacity",
        )
    if facts.never_opens:
        yield error(
            "never-opens",
            "Registration closes before it opens. Change one of the times",
            "closes_hours_before",
        )
    elif facts.has_closed:
        yield warning(
            "closed", "Registration has already closed. Check its fixed closing time", "closes_at"
        )


def review_privacy(facts: FormFacts) -> Iterator[Finding]:
    if not facts.privacy_text.strip():
        yield error("privacy", "Explain what happens to people’s answers", "privacy_text")
    else:
        promised = {int(days) for days in DAYS_PROMISED.findall(facts.privacy_text)}
        kept = {facts.retention_days, min(facts.retention_days, facts.sensitive_retention_days)}
        if promised - kept:
            yield warning(
                "privacy-days",
                f"The privacy text speaks of {spelt(promised - kept)} days, but answers are kept "
                f"for {facts.retention_days}",
                "privacy_text",
            )
    if CLAIMS.search(facts.privacy_text):
        yield warning(
            "privacy-claims",
            "The privacy text says that answers are used for nothing else or that nobody is "
            "profiled. A safeguarding lead may have to act on an answer, so remove that",
            "privacy_text",
        )
    is_asked = any(question.is_sensitive for question in facts.questions)
    if is_asked and not facts.consent_text.strip():
        yield error(
            "consent",
            "Enter the words people agree to when they answer a sensitive question",
            "consent_text",
        )
    if facts.retention_days > RETENTION_AT_MOST:
        yield warning(
            "retention",
            f"Answers are kept for {facts.retention_days} days. Have a reason for more than "
            f"{RETENTION_AT_MOST}",
            "retention_days",
        )
    kept_sensitive = min(facts.sensitive_retention_days, facts.retention_days)
    if is_asked and kept_sensitive > SENSITIVE_RETENTION_AT_MOST:
        yield warning(
            "retention-sensitive",
            f"Sensitive answers are kept for {kept_sensitive} days. {SENSITIVE_RETENTION_AT_MOST} "
            "are enough to pay a caterer",
            "sensitive_retention_days",
        )


def review_questions(facts: FormFacts) -> Iterator[Finding]:
    for question in facts.questions:
        name = f"“{question.label}”"
        if UNWANTED_WORDS.search(question.label):
            yield warning(
                "question-unwanted",
                f"Leave {name} out, unless the event cannot do without",
                "form_fields",
            )
        if not question.is_sensitive and SENSITIVE_WORDS.search(question.label):
            yield error(
                "question-sensitive", f"Mark {name} as sensitive: it asks about someone’s health"
            )
        if question.is_sensitive and question.is_required:
            yield warning(
                "question-required",
                f"Do not require {name}: it is for people to say",
                "form_fields",
            )
    required = sum(question.is_required for question in facts.questions)
    if required > REQUIRED_AT_MOST:
        yield warning(
            "required-many",
            f"{required} questions have to be answered. Require {REQUIRED_AT_MOST} at most",
            "form_fields",
        )
    if len(facts.questions) > QUESTIONS_AT_MOST:
        yield warning(
            "questions-many", f"Ask less: there are {len(facts.questions)} questions", "form_fields"
        )
    if not any(SENSITIVE_WORDS.search(question.label) for question in facts.questions):
        yield warning("access-unasked", "The form does not ask about access needs", "form_fields")


def spelt(numbers: set[int]) -> str:
    return " and ".join(map(str, sorted(numbers)))
