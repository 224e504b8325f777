from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from events.registrations import submissions
from events.registrations.emails.kinds import compose
from events.registrations.emails.links import own_address
from events.registrations.guarded_forms import issue_token
from events.registrations.models import OutboundEmail, Registration, RegistrationChange
from events.registrations.models.registration import LINK_SALT
from tests.conftest import NOW
from tests.factories import RegistrationPageFactory, publish

ACTS = ["change", "move", "name", "email", "withdraw", "erase"]


@pytest.fixture
def registration(valid_form):
    receipt, _ = submissions.register(valid_form().submission(), at=NOW)
    OutboundEmail.objects.all().delete()
    return receipt.registration


def address(registration, act="own"):
    return reverse(f"prevent_registrations:{act}", args=[registration.link_token()])


def text(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").find("main").get_text().split())


def everything():
    """Return everything a GET must leave unchanged."""
    return [
        list(Registration.objects.order_by("pk").values()),
        RegistrationChange.objects.count(),
        OutboundEmail.objects.count(),
    ]


def test_the_emailed_link_shows_what_is_stored(client, registration):
    path = own_address(registration).removeprefix("http://testserver")
    shown = text(client.get(path))
    for kept in (
        registration.reference,
        "Ada Visitor",
        "ada@visitor.example",
        "A hearing loop",
        "Thursday 26 November 2026",
        "26 December 2026",
    ):
        assert kept in shown


@pytest.mark.parametrize("act", ["own", *ACTS])
def test_viewing_changes_nothing(client, registration, act):
    before = everything()
    for method in (client.get, client.head):
        response = method(address(registration, act))
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
    assert everything() == before


def wrong_tokens(registration):
    return {
        "forged": registration.link_token()[:-2] + "xx",
        "of another salt": signing.dumps([registration.pk, registration.link_key], salt="other"),
        "of another key": signing.dumps([registration.pk, "guessed"], salt=LINK_SALT),
        "of nobody": signing.dumps([0, registration.link_key], salt=LINK_SALT),
        "of another shape": signing.dumps("hello", salt=LINK_SALT),
        "no token": "hello",
    }


@pytest.mark.parametrize("act", ["own", *ACTS])
def test_a_forged_link_shows_and_changes_nothing(client, registration, act):
    before = everything()
    for token in wrong_tokens(registration).values():
        path = reverse(f"prevent_registrations:{act}", args=[token])
        for method in (client.get, client.post):
            response = method(path)
            assert response.status_code in (404, 405)
            assert b"Ada Visitor" not in response.content
    assert everything() == before


@pytest.mark.parametrize(("after", "status"), [(-1, 200), (0, 404), (1, 404)])
def test_the_link_ends_at_the_promised_moment_though_no_job_has_run(
    client, clock, registration, after, status
):
    clock.move_to(registration.erase_at + timedelta(seconds=after), tick=False)
    assert client.get(address(registration)).status_code == status


def test_guests_and_answers_are_changed_and_both_sides_are_emailed(
    client, registration, registration_page
):
    registration_page.max_guests = 3
    publish(registration_page)
    shown = client.get(address(registration, "change"))
    assert "A hearing loop" in shown.content.decode()
    saved = client.post(
        address(registration, "change"),
        {
            "guests": "2",
            "question_access_needs": "None any more",
            "consent": "on",
            "discreet": "on",
        },
    )
    assert saved.status_code == 302
    registration.refresh_from_db()
    assert (registration.guests, registration.discreet) == (2, True)
    assert [answer["value"] for answer in registration.sensitive_answers] == ["None any more"]
    assert registration.answers == []
    kinds = OutboundEmail.objects.order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == ["changed", "organiser_changed"]
    assert "has been changed" in text(client.get(saved["Location"]))


def test_an_answer_to_a_removed_question_stays(client, registration, registration_page):
    registration_page.form_fields = [
        field for field in registration_page.form_fields.all() if field.sensitive
    ]
    publish(registration_page)
    client.post(address(registration, "change"), {"question_access_needs": "Ramp"})
    registration.refresh_from_db()
    assert [answer["value"] for answer in registration.answers] == ["What is planned here?"]


def test_errors_come_back_with_what_was_typed(client, registration, registration_page):
    registration_page.max_guests = 1
    publish(registration_page)
    refused = client.post(
        address(registration, "change"), {"guests": "9", "question_access_needs": "Kept"}
    )
    assert refused.status_code == 422
    assert "Enter 1 or fewer" in text(refused)
    assert "Kept" in refused.content.decode()


def test_more_guests_than_places_are_refused_in_words(client, registration, registration_page):
    registration_page.max_guests, registration_page.capacity = 5, 2
    publish(registration_page)
    refused = client.post(address(registration, "change"), {"guests": "4"})
    assert refused.status_code == 409
    assert "not enough places" in text(refused)


def test_a_person_moves_to_another_date(client, registration, series):
    there = series.occurrences.order_by("date")[1]
    moved = client.post(address(registration, "move"), {"occurrence": str(there.uuid)})
    assert moved.status_code == 302
    registration.refresh_from_db()
    assert registration.occurrence == there
    assert "moved to another date" in text(client.get(moved["Location"]))


@pytest.mark.parametrize("sent", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_nobody_moves_to_an_unavailable_date(client, registration, sent):
    assert client.post(address(registration, "move"), {"occurrence": sent}).status_code == 422


def test_without_another_date_moving_is_not_offered(client, event, valid_form):
    page = RegistrationPageFactory(parent=event)
    registration = submissions.register(valid_form(page).submission(), at=NOW)[0].registration
    shown = client.get(address(registration, "move"))
    assert "no other date" in text(shown)
    assert "<form method" not in shown.content.decode()


def test_cancelling_keeps_a_line_in_the_history_and_no_answers(client, registration):
    gone = client.post(address(registration, "withdraw"))
    assert gone.status_code == 302
    registration.refresh_from_db()
    assert registration.status == "withdrawn"
    assert registration.answers == registration.sensitive_answers == []
    assert registration.history.latest("pk").status == "withdrawn"
    kinds = OutboundEmail.objects.order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == ["organiser_withdrawn", "withdrawn"]
    assert client.post(address(registration, "withdraw")).status_code == 302
    assert OutboundEmail.objects.count() == 2


def test_erasing_removes_the_person_and_the_link(client, registration):
    link = address(registration)
    gone = client.post(address(registration, "erase"), follow=True)
    assert "has been deleted" in text(gone)
    assert client.get(link).status_code == 404
    registration.refresh_from_db()
    assert (registration.name, registration.email, registration.answers) == ("", "", [])


@pytest.mark.parametrize("act", ["change", "move", "withdraw"])
def test_once_the_date_has_begun_only_erasing_is_possible(client, clock, registration, act):
    clock.move_to(registration.occurrence.starts_at, tick=False)
    assert client.get(address(registration, act)).status_code == 409
    assert client.post(address(registration, act)).status_code == 409
    assert client.post(address(registration, "erase")).status_code == 302


def ask(client, email):
    key = issue_token("link", at=timezone.now(), trusted=True)
    return client.post(
        reverse("prevent_registrations:lost_link"), {"email": email, "submission_key": key}
    )


def test_a_lost_link_is_sent_to_its_owner_once_for_all_registrations(
    client, registration, valid_form, series
):
    there = series.occurrences.order_by("date")[1]
    submissions.register(valid_form(occurrence=str(there.uuid)).submission(), at=NOW)
    OutboundEmail.objects.all().delete()
    assert ask(client, "ADA@visitor.example").status_code == 302
    (owed,) = OutboundEmail.objects.all()
    assert (owed.kind, owed.recipient) == ("link", "ada@visitor.example")
    said = compose(owed).body
    for row in Registration.objects.all():
        assert own_address(row) in said


def test_known_and_unknown_addresses_get_the_same_answer(client, registration):
    replies = []
    ask(client, "warm@visitor.example")
    for email in ("ada@visitor.example", "nobody@visitor.example"):
        with CaptureQueriesContext(connection) as queries:
            reply = ask(client, email)
        replies.append((reply.status_code, reply["Location"], reply.content, len(queries)))
    assert replies[0] == replies[1]
    assert OutboundEmail.objects.count() == 1


def test_a_wrong_address_is_asked_again_and_an_inbox_is_not_flooded(client, registration):
    assert ask(client, "ada").status_code == 422
    statuses = [ask(client, "ada@visitor.example").status_code for _ in range(12)]
    assert statuses == [302] * 10 + [429] * 2
