"""The trail is added to, never rewritten, and outlives what it is about."""

import pytest

from events.registrations.models import AccessRecord
from events.registrations.models.review import AppendOnly
from tests.registrations.review.conftest import PERSONAL, address


@pytest.fixture
def line(person, registration):
    return AccessRecord.record(
        person("lead"), AccessRecord.Action.LOOKED, registration=registration
    )


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


TRAIL = "/cms/prevent_registrations/accessrecord/"


def test_the_report_names_references_people_and_dates_and_nobody_who_registered(
    client_of, registration
):
    client_of("lead").post(address("reveal", registration.pk))
    reader = client_of("trail reader")
    body = reader.get(TRAIL).content.decode()
    assert "Read sensitive answers" in body
    assert registration.reference in body
    assert "Roundtable" in body or "roundtable" in body
    assert not [word for word in PERSONAL if word in body]
    assert AccessRecord.objects.latest("pk").action == "trail"


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 3),
        ("action=revealed", 1),
        ("reference=pr-cnry-2345", 2),
        ("reference=PR-NONE", 0),
        ("since=2026-11-03", 0),
        ("until=2026-11-02", 3),
    ],
)
def test_the_report_is_filtered(client_of, registration, clock, query, number):
    lead = client_of("lead")
    lead.get(address("index"))
    lead.get(address("inspect", registration.pk))
    lead.post(address("reveal", registration.pk))
    response = client_of("trail reader").get(f"{TRAIL}?{query}")
    assert len(response.context["rows"]) == number


@pytest.mark.parametrize("query", ["action=x", "user=x", "since=x", "p=x", "p=99"])
def test_an_odd_address_of_the_report_is_answered_with_a_sentence(client_of, line, query):
    response = client_of("trail reader").get(f"{TRAIL}?{query}")
    assert response.status_code in (400, 404)
    assert b"There is" in response.content


def test_the_report_is_exported_without_a_name_and_leaves_a_line(client_of, line, registration):
    response = client_of("trail reader").get(f"{TRAIL}export/?action=looked")
    text = b"".join(response).decode("utf-8-sig")
    assert f'"{registration.reference}"' in text
    assert not [word for word in PERSONAL if word in text]
    assert AccessRecord.objects.latest("pk").action == "trail"


def test_an_erased_registration_is_no_longer_named(client_of, line, registration):
    registration.erased_at = registration.received_at
    registration.save()
    rows = client_of("trail reader").get(TRAIL).context["rows"]
    assert rows[0][3] == "erased"
