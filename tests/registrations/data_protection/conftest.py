import pytest

from events.registrations.models import Registration
from tests.factories import RegistrationFactory, UserFactory

SENSITIVE = [{"name": "access_needs", "label": "Access needs", "value": "A hearing loop"}]
ANSWERS = [{"name": "question", "label": "Your question", "value": "What is planned here?"}]
EMAIL = "ada@visitor.example"


@pytest.fixture
def officer(db):
    return UserFactory(username="olu", group="Data protection")


@pytest.fixture
def registration(clock, db):
    return RegistrationFactory(
        status=Registration.Status.CONFIRMED, answers=ANSWERS, sensitive_answers=SENSITIVE
    )


@pytest.fixture
def another(clock, db):
    """The same person, with the address spelt differently, for another date."""
    return RegistrationFactory(email="Ada@Visitor.example", name="Ada V.")
