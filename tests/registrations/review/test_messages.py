"""Emailing everyone on a date: who gets it, that it is sent once, and what remains."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from events.registrations import date_messages, permissions, retention
from events.registrations.emails.kinds import compose
from events.registrations.mail.retry_policy import NothingToSay
from events.registrations.models import (
    AccessRecord,
    DateMessage,
    OutboundEmail,
    Registration,
    SeenRegistration,
)
from tests.conftest import NOW
from tests.factories import OccurrenceFactory, RegistrationFactory, UserFactory
from tests.registrations.emails.conftest import everything
from tests.registrations.review.conftest import address, crowd

TEXT = "Doors open at 5:45pm on {date}.\n\nSee you then, {name}."
SENT = {"statuses": ["confirmed"], "subject": "News for {date}", "text": TEXT}
RIGHTS = ["view_registration", "message_registrants", "registrations_of_every_event"]


@pytest.fixture
def evening(clock, db):
    return OccurrenceFactory(title="Prevent roundtable")


@pytest.fixture
def organiser(db):
    user = UserFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=["access_admin", *RIGHTS]))
    return user


@pytest.fixture
def signed_in(organiser):
    client = Client()
    client.force_login(organiser)
    return client


@pytest.fixture
def everyone(evening):
    """People of each kind, by what makes them special."""
    common = {"occurrence": evening, "status": "confirmed"}
    return {
        "ada": RegistrationFactory(name="Ada Visitor", email="ada@visitor.example", **common),
        "twin": RegistrationFactory(name="Ada’s guest", email="ADA@visitor.example", **common),
        "discreet": RegistrationFactory(
            name="Dora", email="dora@visitor.example", discreet=True, **common
        ),
        "phone": RegistrationFactory(name="Phil", email="", **common),
        "flagged": RegistrationFactory(
            name="Fay", email="fay@visitor.example", concern_since=NOW, **common
        ),
        "waiting": RegistrationFactory(
            name="Will", email="will@visitor.example", occurrence=evening, status="waiting"
        ),
        "gone": RegistrationFactory(
            name="Greta", email="greta@visitor.example", occurrence=evening, status="withdrawn"
        ),
    }


def test_it_is_written_previewed_and_sent_once_to_each_address(evening, everyone, signed_in):
    url = address("message", evening.uuid)
    form = signed_in.get(url).context["form"]
    given = SENT | {"key": form["key"].value()}

    shown = signed_in.post(url, given).content.decode()
    assert "3 people get this email" in shown
    assert "1 has no email address" in shown
    assert "1 booking shares an address" in shown
    assert "1 asked for emails that do not name the event" in shown
    assert "Dear Ada" in shown
    assert "See you then, Ada" in shown
    assert "/registration/" not in shown.partition("As one person gets it")[2].partition("<form")[0]
    assert "Fay" not in shown
    assert not OutboundEmail.objects.exists()
    assert "Doors open" in signed_in.post(url, given | {"change": "on"}).content.decode()

    answers = [signed_in.post(url, given | {"send": "on"}) for _twice in range(2)]
    message = DateMessage.objects.get()
    assert {answer.url for answer in answers} == {address("message_sent", evening.uuid, message.pk)}
    emails = OutboundEmail.objects.filter(kind="message")
    assert sorted(emails.values_list("recipient", flat=True)) == [
        "ada@visitor.example",
        "dora@visitor.example",
        "fay@visitor.example",
    ]
    line = AccessRecord.objects.get(action="messaged")
    assert (line.count, line.occurrence_pk) == (3, evening.pk)
    assert SeenRegistration.objects.filter(record=line).count() == 3
    page = signed_in.get(answers[0].url).content.decode()
    assert "Doors open at 5:45pm" in page
    counts = signed_in.get(answers[0].url, headers={"X-Requested-With": "fetch"}).json()
    assert counts == {"all": 3, "sent": 0, "waiting": 3, "failed": 0, "not_sent": 0, "done": 0}
    # A message changed after sending is a new one.
    again = signed_in.post(url, given | {"subject": "More news"})
    assert dict(again.context["hidden"])["key"] != given["key"]
    assert "News for" in signed_in.get(url).content.decode()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"statuses": []}, "Choose who gets the email"),
        ({"subject": ""}, "Enter a subject"),
        ({"text": ""}, "Enter a message"),
        ({"subject": "About Prevent"}, "Leave out words such as “prevent”"),
        ({"text": "Read www.example.com"}, "Leave out links"),
        ({"text": "Dear {first_name}"}, "{first_name} cannot be filled in"),
        ({"subject": "x" * 101}, "100 characters or fewer"),
        ({"statuses": ["attended"]}, "Nobody with these statuses has an email address"),
        ({"statuses": ["withdrawn"]}, "Choose statuses from the list"),
    ],
)
def test_a_mistake_is_explained_and_nothing_typed_is_lost(
    evening, everyone, signed_in, changed, problem
):
    answer = signed_in.post(address("message", evening.uuid), SENT | {"key": "k"} | changed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert problem in page
    assert ("Doors open" in page) == ("text" not in changed)
    assert not DateMessage.objects.exists()


def send(evening, by, **changed):
    given = {**SENT, "key": "one", **changed}
    return date_messages.send(evening, **given, by=by, at=NOW)


def written(row):
    return compose(OutboundEmail.objects.get(registration=row), at=NOW)


def test_each_person_reads_their_own_name_and_a_discreet_one_nothing_of_the_event(
    evening, everyone, organiser, client
):
    RegistrationFactory(
        name="{date}", email="odd@visitor.example", occurrence=evening, status="confirmed"
    )
    send(evening, organiser)
    ada = written(everyone["ada"])
    assert ada.subject.startswith(f"News for {evening.day}")
    assert f"Doors open at 5:45pm on {evening.day}." in ada.body
    assert "See you then, Ada Visitor." in ada.body
    odd = OutboundEmail.objects.get(recipient="odd@visitor.example")
    assert "See you then, {date}." in compose(odd, at=NOW).body

    discreet = written(everyone["discreet"])
    whole = everything(discreet)
    for word in ("Prevent", "Doors", "News"):
        assert word not in whole
    assert "View your booking to read it" in " ".join(discreet.body.split())
    own = f"/registration/{everyone['discreet'].link_token()}/"
    assert "Doors open" not in client.get(own).content.decode()
    OutboundEmail.objects.update(state="sent")
    page = client.get(own).content.decode()
    assert "Doors open at 5:45pm" in page
    assert "See you then, Dora." in page


def test_it_is_not_sent_once_it_no_longer_applies_to_the_person(evening, everyone, organiser):
    send(evening, organiser)
    Registration.objects.filter(pk=everyone["ada"].pk).update(status="withdrawn")
    with pytest.raises(NothingToSay):
        written(everyone["ada"])
    Registration.objects.filter(pk=everyone["flagged"].pk).update(occurrence=OccurrenceFactory())
    with pytest.raises(NothingToSay):
        written(everyone["flagged"])


def test_it_is_erased_with_its_last_recipient(evening, everyone, organiser):
    message, _new = send(evening, organiser)
    first, *others = [row for row in everyone.values() if row.emails.exists()]
    retention.erase(first, at=NOW)
    assert DateMessage.objects.filter(pk=message.pk).exists()
    for row in others:
        retention.erase(row, at=NOW)
    assert not DateMessage.objects.exists()
    assert AccessRecord.objects.filter(action="messaged").count() == 1


def test_unsent_emails_can_be_stopped(evening, everyone, organiser, signed_in):
    message, _new = send(evening, organiser)
    OutboundEmail.objects.filter(recipient="ada@visitor.example").update(state="sent", sent_at=NOW)
    signed_in.post(address("message_sent", evening.uuid, message.pk))
    assert date_messages.progress(message) == date_messages.Progress(
        all=3, sent=1, waiting=0, failed=0, not_sent=2
    )


def test_only_people_who_may_email_everyone_for_this_event_see_the_screens(
    evening, client_of, organiser
):
    for role in ("lead without messages", "all rights but to see", "editor"):
        client = client_of(role)
        assert client.get(address("message", evening.uuid)).status_code == 403
    assert (
        "Email everyone"
        not in client_of("lead without messages").get(address("dates")).content.decode()
    )
    there = Client()
    there.force_login(organiser)
    organiser.user_permissions.remove(
        Permission.objects.get(codename="registrations_of_every_event")
    )
    assert there.get(address("message", evening.uuid)).status_code == 404


def test_the_groups_that_handle_registrations_have_the_right(db):
    for group in ("Safeguarding leads", "Organisers"):
        user = UserFactory()
        user.groups.add(user.groups.model.objects.get(name=group))
        assert permissions.may(user, permissions.MESSAGE)


def test_ten_thousand_take_few_queries(evening, organiser, django_assert_max_num_queries):
    crowd(30, occurrence=evening, status="confirmed")
    with django_assert_max_num_queries(16):
        send(evening, organiser)
    assert OutboundEmail.objects.count() == 30
