import pytest
from django.utils import timezone

from events.registrations import jobs
from events.registrations.models import (
    AccessRecord,
    ErasureHold,
    OutboundEmail,
    Registration,
)
from tests.factories import RegistrationFactory

HOLDS = "/cms/data-protection/holds/"


@pytest.fixture
def desk(client, lead):
    client.force_login(lead)
    return client


def place(desk, registration, **changed):
    given = {"reason": "Claim 123", "until": "2027-01-31", **changed}
    return desk.post(f"{HOLDS}place/{registration.pk}/", given)


def test_a_lead_holds_a_registration_finds_it_in_the_list_and_lifts_it(desk, registration, lead):
    assert desk.get(f"{HOLDS}place/{registration.pk}/").status_code == 200
    assert place(desk, registration)["Location"] == HOLDS
    hold = ErasureHold.objects.get()
    assert (hold.reason, str(hold.until), hold.placed_by) == ("Claim 123", "2027-01-31", lead)
    page = desk.get(HOLDS).content.decode()
    assert registration.reference in page
    assert "Claim 123" in page
    assert "31 January 2027" in page
    assert "Ada V" not in page
    desk.post(f"{HOLDS}{hold.pk}/lift/")
    assert "There are no registrations on hold" in desk.get(HOLDS).content.decode()
    assert list(AccessRecord.objects.order_by("pk").values_list("action", "registration_pk")) == [
        ("held", registration.pk),
        ("lifted", registration.pk),
    ]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reason": ""}, "Enter a reason"),
        ({"until": ""}, "Enter the last day of the hold"),
        ({"until": "soon"}, "Enter a date, like 27 March 2027 or 27/3/2027"),
        ({"until": "2026-11-01"}, "not over yet"),
        ({"until": "2030-01-01"}, "within a year"),
    ],
)
def test_an_invalid_hold_is_asked_again(desk, registration, changed, sentence):
    answer = place(desk, registration, **changed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ErasureHold.objects.exists()


def test_an_erased_registration_cannot_be_held(desk, registration):
    Registration.objects.update(erased_at=registration.erase_at)
    assert place(desk, registration).status_code == 404


@pytest.fixture
def held(desk, registration_page):
    registration = RegistrationFactory(
        page=registration_page,
        occurrence=registration_page.event.occurrences.order_by("date").first(),
        status="received",
    )
    place(desk, registration)
    return registration


def test_a_person_who_asks_for_erasure_learns_that_a_hold_stops_it(held, client, clock):
    answer = client.post(f"/registration/{held.link_token()}/erase/", follow=True)
    assert "We have to keep your booking for now" in answer.content.decode()
    kept = Registration.objects.get(pk=held.pk)
    assert (kept.erased_at, kept.status, kept.name) == (None, "withdrawn", "Ada Visitor")
    notice = OutboundEmail.objects.get(kind="erasure_held")
    assert notice.recipient == "roundtables@council.example"


def test_it_is_erased_automatically_once_the_hold_has_ended(held, client, clock, desk):
    client.post(f"/registration/{held.link_token()}/erase/")
    desk.post(f"{HOLDS}{ErasureHold.objects.get().pk}/lift/")
    clock.move_to("2026-11-02T13:00:00+00:00")
    assert jobs.erase_due(at=timezone.now()).startswith("1 registration,")
    assert Registration.objects.get(pk=held.pk).name == ""
    assert not OutboundEmail.objects.filter(kind="erasure_held").exists()
