"""Viewing a registration, reading its sensitive answers, and deciding on it."""

import pytest
from django.db import DatabaseError

from events.models import Occurrence
from events.registrations.models import (
    AccessRecord,
    OutboundEmail,
    Registration,
    RegistrationChange,
)
from tests.factories import RegistrationFactory, UserFactory
from tests.registrations.review.conftest import NAME, NOTE, PERSONAL, SENSITIVE, address

OTHER_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="


def recorded_actions() -> list[tuple]:
    return list(AccessRecord.objects.order_by("pk").values_list("action", "registration_pk"))


def test_answers_are_in_the_forms_order(lead_client, registration):
    body = lead_client.get(address("inspect", registration.pk)).content.decode()
    places = [
        body.index(f"<dt>{label}</dt>") for label in ("Your question", "Topics", "Newsletter")
    ]
    assert places == sorted(places)
    assert "<li>Buses</li>" in body
    assert ">Yes</p>" in body


def test_emails_are_shown_with_their_state_and_without_their_recipient(lead_client, registration):
    registration.emails.update(recipient="inbox@somewhere.example", last_error="SMTPDataError 451")
    body = lead_client.get(address("inspect", registration.pk)).content.decode()
    assert OutboundEmail.Kind.RECEIVED.label in body
    assert "Failed, retrying" in body
    assert "SMTPDataError 451, 3 attempts" in body
    assert "inbox@somewhere.example" not in body


def test_markup_in_an_answer_is_shown_as_text(lead_client, registration):
    registration.answers = [
        {"name": "q", "label": "<b>Q</b>", "type": "singleline", "value": "<script>x</script>"}
    ]
    registration.name = "<img src=x>"
    registration.save()
    for url in (address("index"), address("inspect", registration.pk)):
        body = lead_client.get(url).content.decode()
        assert "<script>x" not in body
        assert "<img src=x>" not in body


def test_revealing_shows_the_sensitive_answers_and_leaves_a_line(lead_client, registration):
    response = lead_client.post(address("reveal", registration.pk))
    assert SENSITIVE in response.content.decode()
    assert recorded_actions() == [("revealed", registration.pk)]


def test_nothing_is_shown_if_the_line_cannot_be_written(lead_client, registration, monkeypatch):
    def fails(*args, **kwargs):
        raise DatabaseError("full")

    monkeypatch.setattr(AccessRecord, "record", fails)
    lead_client.raise_request_exception = False
    for response in (
        lead_client.get(address("index")),
        lead_client.get(address("inspect", registration.pk)),
        lead_client.post(address("reveal", registration.pk)),
    ):
        assert response.status_code == 500
        assert not [word for word in PERSONAL if word in response.content.decode()]


def test_a_missing_key_is_reported_and_the_rest_can_still_be_read(
    lead_client, registration, settings
):
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [OTHER_KEY]}
    assert NAME in lead_client.get(address("inspect", registration.pk)).content.decode()
    response = lead_client.post(address("reveal", registration.pk))
    assert response.status_code == 200
    assert "cannot be decrypted" in response.content.decode()


def test_screens_are_never_cached(lead_client, registration):
    for response in (
        lead_client.get(address("index")),
        lead_client.get(address("inspect", registration.pk)),
        lead_client.post(address("reveal", registration.pk)),
    ):
        assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("status", Registration.Status.values[2:])
def test_each_status_can_be_given_and_is_written_to_the_history(lead_client, registration, status):
    if status == "waiting":
        # Nobody has to wait while there is a place.
        Occurrence.objects.update(capacity=0)
    url = address("decide", registration.pk)
    response = lead_client.post(url, {"seen": "received", "status": status, "note": "Rang them"})
    assert response["Location"] == address("inspect", registration.pk)
    registration.refresh_from_db()
    change = RegistrationChange.objects.latest("pk")
    assert registration.status == change.status == status
    assert change.previous_status == "received"
    assert change.note == "Rang them"
    assert change.by_id == int(lead_client.session["_auth_user_id"])
    act = "noted" if status == "received" else "decided"
    assert recorded_actions() == [(act, registration.pk)]


def test_the_result_is_announced_without_a_name(lead_client, registration):
    decision = {"seen": "received", "status": "confirmed", "note": ""}
    url = address("decide", registration.pk)
    response = lead_client.post(url, decision, follow=True)
    assert [str(message).strip() for message in response.context["messages"]] == [
        "PR-CNRY-2345 is now “Confirmed”."
    ]


def test_a_note_alone_is_saved_as_a_note(lead_client, registration):
    note = {"seen": "received", "status": "received", "note": "Asked for the agenda"}
    response = lead_client.post(address("decide", registration.pk), note, follow=True)
    assert "Your note on PR-CNRY-2345 was saved." in response.content.decode()
    assert registration.history.latest("pk").note == "Asked for the agenda"


def test_the_history_names_who_decided(client, lead, registration):
    lead.first_name, lead.last_name = "Leah", "Leadbetter"
    lead.save()
    client.force_login(lead)
    decision = {"seen": "received", "status": "declined", "note": ""}
    body = client.post(address("decide", registration.pk), decision, follow=True).content.decode()
    assert "Leah Leadbetter" in body


@pytest.mark.parametrize("seen", ["received", "", "nonsense", "nul\x00byte"])
def test_an_outdated_decision_is_asked_again(lead_client, registration, seen):
    Registration.objects.update(status="withdrawn")
    decision = {"seen": seen, "status": "confirmed", "note": "Typed already"}
    response = lead_client.post(address("decide", registration.pk), decision)
    body = response.content.decode()
    registration.refresh_from_db()
    assert registration.status == "withdrawn"
    assert registration.history.count() == 1
    assert recorded_actions() == []
    assert "There is a problem" in body
    if "\x00" in seen:
        assert response.status_code == 422
        return
    assert response.status_code == 409
    assert "The registration was changed while this page was open" in body
    assert not registration.emails.exclude(pk=registration.emails.earliest("pk").pk).exists()
    assert "Typed already" in body
    assert 'name="seen" value="withdrawn"' in body
    again = {**decision, "seen": "withdrawn"}
    assert lead_client.post(address("decide", registration.pk), again).status_code == 302
    registration.refresh_from_db()
    assert registration.status == "confirmed"


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        ({"seen": "received"}, "Choose a status"),
        ({"seen": "received", "status": ""}, "Choose a status"),
        ({"seen": "received", "status": "promoted"}, "Choose one of the statuses in the list"),
        ({"seen": "received", "status": "received"}, "Choose another status, or write a note"),
        (
            {"seen": "received", "status": "confirmed", "note": "x" * 2001},
            "Enter a note of 2,000 characters or fewer",
        ),
        (
            {"seen": "received", "status": "confirmed", "note": "nul\x00byte"},
            "Null characters are not allowed.",
        ),
    ],
)
def test_a_mistake_is_explained_and_changes_nothing(lead_client, registration, decision, sentence):
    response = lead_client.post(address("decide", registration.pk), decision)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert "<title>" in response.content.decode()
    assert registration.history.count() == 1
    registration.refresh_from_db()
    assert registration.status == "received"


@pytest.mark.parametrize(("quiet", "mails"), [({}, 1), ({"quiet": "on"}, 0)])
def test_the_lead_chooses_whether_the_person_is_emailed(lead_client, registration, quiet, mails):
    decision = {"seen": "received", "status": "declined", "note": ""}
    lead_client.post(address("decide", registration.pk), decision | quiet)
    assert registration.emails.filter(kind="declined").count() == mails


def test_a_full_date_is_reported_and_nobody_is_confirmed(lead_client, registration):
    registration.occurrence.capacity = 0
    registration.occurrence.save()
    decision = {"seen": "received", "status": "confirmed", "note": "Rang them"}
    response = lead_client.post(address("decide", registration.pk), decision)
    registration.refresh_from_db()
    assert response.status_code == 409
    assert "Nothing has been saved: No place is left on this date" in response.content.decode()
    assert "Rang them" in response.content.decode()
    assert registration.status == "received"


def test_an_address_may_have_a_second_confirmed_registration_for_one_date(
    lead_client, registration
):
    withdrawn = RegistrationFactory(
        occurrence=registration.occurrence, email=registration.email.upper(), status="withdrawn"
    )
    decision = {"seen": "withdrawn", "status": "confirmed", "note": ""}
    assert lead_client.post(address("decide", withdrawn.pk), decision).status_code == 302
    withdrawn.refresh_from_db()
    assert withdrawn.status == "confirmed"


def test_a_possible_duplicate_is_named_and_linked(lead_client, registration):
    registration.name_key = "adavisitor"
    registration.save(update_fields=["name_key"])
    other = RegistrationFactory(
        occurrence=registration.occurrence, email=registration.email.upper(), name_key="adavisitor"
    )
    page = lead_client.get(address("inspect", registration.pk)).content.decode()
    assert "Possible duplicate" in page
    assert f'<a href="{address("inspect", other.pk)}">{other.reference}</a>' in page
    other.name_key = "bovisitor"
    other.save(update_fields=["name_key"])
    page = lead_client.get(address("inspect", registration.pk)).content.decode()
    assert "Possible duplicate" not in page


@pytest.mark.parametrize("screen", ["reveal", "decide"])
def test_a_deleted_registration_is_not_found(lead_client, db, screen):
    decision = {"seen": "received", "status": "confirmed"}
    assert lead_client.post(address(screen, 4711), decision).status_code == 404


def test_actions_need_this_sites_form(registration, person):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(person("lead"))
    for screen in ("reveal", "decide"):
        response = client.post(address(screen, registration.pk), {"status": "confirmed"})
        assert response.status_code == 403
        assert not [word for word in PERSONAL if word in response.content.decode()]


def test_the_person_never_reads_a_note(clock, client, registration):
    body = client.get(f"/registration/{registration.link_token()}/").content.decode()
    assert NAME in body
    assert NOTE not in body


def test_a_registration_is_assigned_to_someone_who_may_see_it(lead_client, registration, person):
    to = person("lead")
    lead_client.post(address("assign", registration.pk), {"assigned_to": to.pk})
    registration.refresh_from_db()
    assert registration.assigned_to == to
    assert f"Assigned to {to.username}" in registration.history.latest("pk").note


def test_nobody_without_permission_is_assigned(lead_client, registration):
    stranger = UserFactory()
    response = lead_client.post(address("assign", registration.pk), {"assigned_to": stranger.pk})
    assert response.status_code == 422
    assert "Choose one of the people in the list" in response.content.decode()


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        ("", "Cleo", "Ada"),
        ("o=received", "Ada", "Cleo"),
        ("o=name", "Ada", "Cleo"),
        ("o=-name", "Cleo", "Ada"),
        ("o=status", "Ada", "Cleo"),
        ("o=date", "Ada", "Cleo"),
        ("q=ada", None, "Ada"),
        ("status=confirmed", None, None),
        ("nonsense=1", None, None),
    ],
)
def test_neighbours_follow_the_filter_and_its_order(lead_client, three, query, before, after):
    by_name = {row.name: row for row in three}
    url = f"{address('inspect', by_name['Ben'].pk)}?{query}"
    context = lead_client.get(url).context
    for name, found in ((before, context["previous_url"]), (after, context["next_url"])):
        assert found.partition("?")[0] == (address("inspect", by_name[name].pk) if name else "")


def test_saving_can_lead_to_the_next_in_the_filter(lead_client, three):
    ada, ben, _ = three
    sent = {"seen": "received", "status": "confirmed", "note": "", "next": "on"}
    url = f"{address('decide', ada.pk)}?status=received&o=received"
    response = lead_client.post(url, sent)
    assert response["Location"] == f"{address('inspect', ben.pk)}?status=received&o=received"


def test_a_note_is_saved_and_recorded_without_its_text(lead_client, registration):
    lead_client.post(address("note", registration.pk), {"note": "Rang them"})
    assert registration.history.latest("pk").note == "Rang them"
    line = AccessRecord.objects.latest("pk")
    assert (line.action, line.registration_pk) == ("noted", registration.pk)
