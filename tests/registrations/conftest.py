"""A form ready to send, and a person's answers."""

import pytest
from django.http import QueryDict

from events.registrations import guarded_forms
from events.registrations.forms import RegistrationForm
from tests.conftest import NOW


@pytest.fixture
def answers(registration_page):
    """Return a function to a person's answers; keywords change some or, if None, drop them."""

    def answer(page=registration_page, **changed):
        first = page.event.occurrences.order_by("date").first()
        given = {
            "occurrence": str(first.uuid),
            "name": "Ada Visitor",
            "email": "ada@visitor.example",
            "question_your_question": "What is planned here?",
            "question_access_needs": "A hearing loop",
            "consent": "on",
            "submission_key": guarded_forms.issue_token(page.pk, at=NOW, trusted=True),
        }
        return {name: value for name, value in (given | changed).items() if value is not None}

    return answer


@pytest.fixture
def form(answers, registration_page):
    """Return a function to the form bound to a person's answers, sent now."""

    def bind(page=registration_page, **changed):
        data = QueryDict(mutable=True)
        for name, value in answers(page, **changed).items():
            data.setlist(name, value if isinstance(value, list) else [value])
        return RegistrationForm(data, page=page, at=NOW)

    return bind


@pytest.fixture
def valid_form(form):
    """Return a function like ``form`` that requires the form to be valid."""

    def bind(*args, **changed):
        bound = form(*args, **changed)
        assert bound.is_valid(), bound.errors
        return bound

    return bind
