"""The trail is added to, never rewritten, and outlives what it is about."""

import pytest

from events.registrations.models import AccessRecord
from events.registrations.models.access_record import AppendOnly
from events.registrations.review import trail
from tests.registrations.review.conftest import PERSONAL


@pytest.fixture
def line(person, registration):
    return trail.record(person("lead"), AccessRecord.Act.LOOKED, registration=registration)


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda line: line.save(),
        lambda line: line.delete(),
        lambda line: AccessRecord.objects.update(count=0),
        lambda line: AccessRecord.objects.filter(pk=line.pk).delete(),
    ],
)
def test_a_line_cannot_be_rewritten_or_removed(line, rewrite):
    with pytest.raises(AppendOnly):
        rewrite(line)
    assert AccessRecord.objects.get().count == 1


def test_a_line_outlives_the_registration_and_the_account(line, registration):
    pk, user_pk = registration.pk, line.user_id
    registration.delete()
    line.user.delete()
    kept = AccessRecord.objects.get()
    assert (kept.registration_pk, kept.user_id) == (pk, user_pk)


def test_a_line_holds_no_personal_data(line):
    words = str(AccessRecord.objects.values().get()) + str(line)
    assert not [word for word in PERSONAL if word in words]
