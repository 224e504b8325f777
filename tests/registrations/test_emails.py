import re
from email import message_from_bytes, policy

import icalendar
import pytest
from django.core import mail

from events.actions import cancel_occurrence, move_online
from events.registrations import submissions
from events.registrations.emails import WORDINGS, compose, own_address
from events.registrations.models import OutboundEmail, Registration
from events.registrations.models.page import EmailWording
from tests.conftest import NOW
from tests.factories import OutboundEmailFactory, publish

Kind = OutboundEmail.Kind
PERSON_KINDS = sorted(WORDINGS)
ORGANISER_KINDS = OutboundEmail.ORGANISER_KINDS
SINGLE = [kind for kind in ORGANISER_KINDS if kind != "organiser_digest"]


@pytest.fixture
def registration(valid_form):
    receipt, _ = submissions.register(valid_form(discreet=None).submission(), at=NOW)
    return Registration.objects.get(pk=receipt.registration.pk)


@pytest.fixture
def composed(registration):
    """Return a function that composes an e-mail of a kind about the registration as it is."""

    def write(kind, **fields):
        Registration.objects.filter(pk=registration.pk).update(**fields)
        current = Registration.objects.get(pk=registration.pk)
        return compose(OutboundEmailFactory(registration=current, kind=kind))

    return write


def texts(message):
    """Return the plain text and the HTML of ``message``."""
    return [message.body, message.alternatives[0][0]]


def everything(message):
    return message.message().as_bytes().decode() + "".join(texts(message))


@pytest.mark.parametrize("kind", [*PERSON_KINDS, *SINGLE])
def test_every_kind_has_plain_text_and_html_that_say_the_reference(composed, registration, kind):
    message = composed(kind)
    for text in texts(message):
        assert registration.reference in text
    assert registration.reference in message.subject
    assert message.alternatives[0][1] == "text/html"


@pytest.mark.parametrize("kind", [*PERSON_KINDS, *SINGLE])
def test_no_message_holds_a_sensitive_answer_or_says_in_its_subject_what_it_is_about(
    composed, kind
):
    message = composed(kind)
    assert "hearing" not in everything(message).lower()
    for word in ("prevent", "terror", "roundtable", "ada", "visitor"):
        assert word not in message.subject.lower()


@pytest.mark.parametrize("kind", [*PERSON_KINDS, *SINGLE])
def test_a_message_is_well_formed_and_tells_machines_not_to_answer(composed, kind):
    email = composed(kind)
    read = message_from_bytes(email.message().as_bytes(), policy=policy.default)
    assert not read.defects
    assert re.fullmatch(r"<[^@\s]+@[^@\s]+>", read["Message-ID"])
    assert read["Auto-Submitted"] == "auto-generated"
    assert len(read.get_all("To")) == len(read.get_all("From")) == 1


@pytest.mark.parametrize("kind", SINGLE)
def test_the_organiser_reads_the_answers_marked_for_them_and_can_reply(composed, series, kind):
    message = composed(kind)
    for text in texts(message):
        assert "What is planned here?" in text
        assert "Ada Visitor" in text
        assert series.occurrences.first().when in text
        assert "/cms/" in text
    assert message.reply_to == ["ada@visitor.example"]


def test_an_answer_that_is_no_longer_marked_is_no_longer_sent(composed, registration_page):
    field = registration_page.form_fields.get(label="Your question")
    field.in_organiser_email = False
    field.save()
    assert "What is planned here?" not in everything(composed("organiser_received"))


@pytest.mark.parametrize("kind", PERSON_KINDS)
def test_the_person_reads_date_place_link_and_when_it_is_deleted(composed, registration, kind):
    message = composed(kind)
    for text in texts(message):
        assert "Thursday 26 November 2026, 6pm to 7:30pm" in text
        assert registration.occurrence.place.name in text
        assert own_address(registration) in text
        assert "26 December 2026" in text
        assert "0800 789 321" in text
    assert message.reply_to == [registration.page.recipient]


def test_each_kind_of_mail_to_the_person_opens_in_words_of_its_own():
    openings = [wording.opening for wording in WORDINGS.values()]
    assert len(set(openings)) == len(openings)
    assert {kind for kind, _ in OutboundEmail.PERSON_KINDS} <= set(WORDINGS)


def test_the_editors_own_words_open_the_mail_they_are_for(composed, registration_page):
    registration_page.wordings = [EmailWording(kind="confirmed", opening="See you <there> & then!")]
    publish(registration_page)
    plain, html = texts(composed("confirmed"))
    assert plain.startswith("See you <there> & then!")
    assert "See you &lt;there&gt; &amp; then!" in html
    assert "See you" not in everything(composed("reminder"))


@pytest.mark.parametrize("kind", PERSON_KINDS)
def test_a_discreet_mail_names_no_event_no_place_and_has_no_calendar_file(
    composed, registration, kind
):
    message = composed(kind, discreet=True)
    whole = everything(message).lower()
    for word in (
        registration.occurrence.title.lower(),
        registration.occurrence.place.name.lower(),
        "prevent",
        "terror",
        "referral",
    ):
        assert word not in whole
    assert message.attachments == []
    assert registration.reference.lower() in whole


@pytest.mark.parametrize("kind", [kind for kind in PERSON_KINDS if WORDINGS[kind].calendar])
def test_the_calendar_file_is_the_date_under_its_public_identifier(composed, registration, kind):
    ((name, content, mimetype),) = composed(kind).attachments
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert name.endswith(".ics")
    assert mimetype.startswith("text/calendar")
    assert str(registration.occurrence.uuid) in str(event["UID"])
    assert event.decoded("DTSTART") == registration.occurrence.starts_at


def test_a_cancelled_date_is_cancelled_in_words_and_in_the_calendar_file(composed, registration):
    cancel_occurrence(registration.occurrence, reason="The hall is shut", by=None, at=NOW)
    message = composed("date_cancelled")
    assert all("The hall is shut" in text for text in texts(message))
    (event,) = icalendar.Calendar.from_ical(message.attachments[0][1]).walk("VEVENT")
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)


@pytest.mark.parametrize(
    ("status", "is_told"),
    [("confirmed", True), ("waiting", False), ("received", False), ("declined", False)],
)
def test_only_somebody_with_a_place_is_told_how_to_join_online(
    composed, registration, series, status, is_told
):
    series.joining_link = "https://meet.council.example/room"
    publish(series)
    move_online(registration.occurrence, reason="Snow", by=None, at=NOW)
    message = composed("date_changed", status=status)
    assert all(("council.example/room" in text) is is_told for text in texts(message))


def test_nobody_is_told_how_to_join_a_meeting_in_a_room(composed, series):
    series.joining_link = "https://meet.council.example/room"
    publish(series)
    assert "council.example/room" not in everything(composed("confirmed"))


@pytest.mark.parametrize("name", ["Ada <script>alert(1)</script>", "=?utf-8?q?x?=", "A\u00a0da"])
def test_a_name_is_text_whatever_it_looks_like(composed, name):
    message = composed("organiser_received", name=name)
    assert "<script>" not in message.alternatives[0][0]
    assert name in message.body


def test_a_registration_whose_page_and_event_are_gone_can_still_be_written_about(
    composed, registration, series
):
    series.delete()
    for kind in ("date_cancelled", "organiser_withdrawn"):
        assert registration.reference in composed(kind).body


def test_a_message_goes_to_its_recipient_alone(composed):
    message = composed("confirmed")
    message.send()
    (sent,) = mail.outbox
    assert sent.recipients() == ["ada@visitor.example"]
