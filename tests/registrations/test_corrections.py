"""Correcting one's own name and email address (UK GDPR, Article 16)."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from events.registrations import jobs, outbox, submissions
from events.registrations.emails.kinds import compose
from events.registrations.guarded_forms import issue_token
from events.registrations.mail.retry_policy import NothingToSay
from events.registrations.models import AddressChange, OutboundEmail, Registration
from tests.conftest import NOW

NEW = "ada@new.example"


@pytest.fixture
def registration(valid_form):
    submissions.register(valid_form(name="Ada Vistor").submission(), at=NOW)
    OutboundEmail.objects.all().delete()
    return Registration.objects.select_related("page", "occurrence").get()


def address(registration, act):
    return reverse(f"prevent_registrations:{act}", args=[registration.link_token()])


def text(response):
    return " ".join(re.sub("<[^>]+>", " ", response.content.decode()).split())


def put_right(client, registration, act, **sent):
    key = issue_token({"email": "new address"}.get(act, act), at=NOW, trusted=True)
    return client.post(address(registration, act), {**sent, "submission_key": key}, follow=True)


def told():
    rows = OutboundEmail.objects.order_by("pk")
    return list(rows.values_list("kind", "recipient"))


def test_a_name_is_corrected_at_once(client, registration):
    assert "Ada Vistor" in client.get(address(registration, "name")).content.decode()
    done = put_right(client, registration, "name", name=" Ada\u200b  Visitor ")
    assert "Your name has been changed." in text(done)
    registration.refresh_from_db()
    assert (registration.name, registration.name_key) == ("Ada  Visitor", "adavisitor")
    line = registration.history.last()
    assert line.note == "The person corrected the name"
    assert [kind for kind, _ in told()] == ["organiser_changed"]
    message = compose(OutboundEmail.objects.get(), at=NOW)
    assert "Ada" in message.body
    assert "Vistor" not in message.body
    wrong = put_right(client, registration, "name", name="")
    assert wrong.status_code == 422
    assert "Enter your full name" in text(wrong)


def test_an_address_changes_only_once_the_link_sent_to_it_is_used(client, registration):
    old, link_before = registration.email, registration.link_token()
    asked = put_right(client, registration, "email", email=NEW)
    assert "We have sent a link to your new email address." in text(asked)
    assert f"Changes to {NEW} once you have used the link" in text(asked)
    assert told() == [("confirm_email", NEW)]
    message = compose(OutboundEmail.objects.get(), at=NOW)
    link = re.search(r"http://testserver(/\S+)", message.body)[1]
    # Neither who it is nor what for, because it may be anyone's mailbox.
    for word in ("Ada", "roundtable", "Prevent", registration.reference, NEW, old):
        assert word not in message.body
        assert word not in link
    page = client.get(link)
    assert page.status_code == 200
    assert page["Cache-Control"].count("no-store")
    client.head(link)
    assert client.post(link, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    registration.refresh_from_db()
    assert registration.email == old
    # What was queued for the old address goes to the new one.
    outbox.enqueue_emails(registration, [("reminder", 1)], at=NOW)
    done = client.post(link, follow=True)
    assert "Your email address has been changed." in text(done)
    registration.refresh_from_db()
    assert registration.email == NEW
    kinds = dict(told())
    assert kinds["email_changed"] == old
    assert kinds["reminder"] == kinds["link"] == NEW
    assert "organiser_changed" in kinds
    notice = compose(OutboundEmail.objects.get(kind="email_changed"), at=NOW)
    assert registration.reference in notice.body
    assert NEW not in notice.body
    # Links in the old mailbox no longer open anything.
    assert client.get(f"/registration/{link_before}/").status_code == 404
    assert client.post(link).status_code == 404
    history = str(list(registration.history.values_list("note", flat=True)))
    assert "The person changed the email address" in history
    assert "@" not in history


def test_a_newer_request_replaces_the_last_and_a_link_ends_after_a_day(client, clock, registration):
    put_right(client, registration, "email", email="typo@new.example")
    first = AddressChange.objects.get()
    put_right(client, registration, "email", email=NEW)
    second = AddressChange.objects.get()
    addresses = [
        reverse("prevent_registrations:new_email", args=[change.link_token()])
        for change in (first, second)
    ]
    assert [client.get(each).status_code for each in addresses] == [404, 200]
    with pytest.raises(NothingToSay):
        compose(OutboundEmail.objects.get(recipient="typo@new.example"), at=NOW)
    assert client.get(addresses[0][:-3] + "/").status_code == 404
    clock.move_to(NOW + timedelta(days=1))
    assert client.get(addresses[1]).status_code == 404
    assert client.post(addresses[1]).status_code == 404
    jobs.delete_old_form_answers(at=NOW + timedelta(days=1))
    assert not AddressChange.objects.exists()


def test_nobody_floods_a_mailbox_with_links(client, settings, registration):
    settings.PREVENT = {**settings.PREVENT, "EMAILS_PER_DAY": 1}
    answers = [put_right(client, registration, "email", email=NEW) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert len(told()) == 1


def test_an_unconfirmed_booking_gets_no_other_address_and_staff_read_no_new_one(
    client, registration
):
    put_right(client, registration, "email", email=NEW)
    Registration.objects.update(status="unconfirmed")
    assert client.get(address(registration, "email")).status_code == 409
    assert "unconfirmed" not in str(AddressChange.objects.get())
    assert NEW not in str(AddressChange.objects.get())


def test_a_program_corrects_both_with_the_links_tokens(client, registration):
    def call(method, path, body, token, status):
        response = client.generic(
            method,
            f"/api/booking/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert response.status_code == status, response.content
        return response.json()

    own = registration.link_token()
    assert call("PUT", "name/", {"name": "Ada Visitor"}, own, 200)["name"] == "Ada Visitor"
    assert call("PUT", "name/", {"name": ""}, own, 422)["errors"][0]["field"] == "name"
    call("POST", "email/", {"email": "no address"}, own, 422)
    call("POST", "email/", {"email": NEW}, own, 202)
    change = AddressChange.objects.get()
    call("POST", "email/confirm/", {}, own, 401)
    answer = call("POST", "email/confirm/", {}, change.link_token(), 200)
    call("GET", "", {}, own, 401)
    assert call("GET", "", {}, answer["token"], 200)["email"] == NEW
