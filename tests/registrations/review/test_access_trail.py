"""The trail is append-only, and outlives what it is about."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from events.registrations import permissions, retention
from events.registrations.models import AccessRecord, OutboundEmail
from events.registrations.models.review import AppendOnly
from events.registrations.review import decisions
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
def test_a_line_cannot_be_changed_or_removed(line, rewrite):
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


def test_the_report_names_references_staff_and_dates_but_nobody_registered(client_of, registration):
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
        ("reference=pr-cnry-2345", 3),
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
def test_an_invalid_report_address_is_answered_with_a_sentence(client_of, line, query):
    response = client_of("trail reader").get(f"{TRAIL}?{query}")
    assert response.status_code in (400, 404)
    assert any(
        sentence in response.content for sentence in (b"There is a problem", b"This list ends at")
    )


def test_the_report_is_exported_without_names_and_leaves_a_line(client_of, line, registration):
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


def actions_about(client, reference: str) -> str:
    return client.get(TRAIL, {"reference": reference}).content.decode()


def test_the_trail_finds_the_lists_that_showed_a_registration(client_of, registration, three):
    lead, reader = client_of("lead"), client_of("trail reader")
    lead.get(address("index"))
    lead.get(address("index"), {"status": "declined"})
    found = actions_about(reader, "pr cnry 2345")
    table = found.rpartition("<tbody")[2].partition("</tbody")[0]
    assert table.count("Saw a list of registrations") == 1
    line = AccessRecord.objects.filter(action="listed").earliest("pk")
    assert {row.registration_pk for row in line.seen.all()} == {
        registration.pk,
        *(row.pk for row in three),
    }
    assert "and 1 more" in reader.get(TRAIL).content.decode()


def test_an_export_lists_every_registration_it_contains(client_of, registration, three):
    sent = {"everything": "on", "filter": "", "purpose": "door", "columns": ["name"]}
    b"".join(client_of("lead").post(address("export"), {**sent, "format": "csv"}))
    line = AccessRecord.objects.get(action="exported")
    assert line.seen.count() == line.count == 4
    assert list(AccessRecord.objects.about(three[0].pk)) == [line]


def test_the_reference_of_an_erased_registration_still_finds_its_lines(client_of, registration):
    client_of("lead").get(address("index"))
    reference = registration.reference
    retention.erase(registration, at=registration.erase_at)
    found = actions_about(client_of("trail reader"), reference)
    assert "Saw a list of registrations" in found
    assert AccessRecord.objects.about(registration.pk).filter(action="listed").exists()


def test_the_trail_reveals_no_flag_to_people_who_may_not_see_flags(client_of, person, registration):
    decisions.flag(registration, by=person("lead"), why="Odd")
    body = client_of("trail reader").get(TRAIL).content.decode()
    assert "not shown" in body
    found = actions_about(client_of("trail reader"), registration.reference)
    assert "flagged" not in found.rpartition("<tbody")[2].partition("</tbody")[0].lower()
    leader = person("lead")
    leader.user_permissions.add(Permission.objects.get(codename="view_trail"))
    client = Client()
    client.force_login(leader)
    assert client.get(TRAIL).content.decode().count(registration.reference) >= 1


def test_email_about_a_flag_is_listed_only_for_people_who_may_see_flags(person, registration):
    decisions.flag(registration, by=person("lead"), why="Odd")
    emails = OutboundEmail.objects.filter(registration=registration)
    assert emails.exists()
    assert not permissions.emails_for(person("lead without concerns"), emails).exists()
    assert permissions.emails_for(person("lead"), emails).count() == emails.count()
