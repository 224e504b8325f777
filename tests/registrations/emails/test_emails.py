"""Single emails and their recipients; test_every_email has the rules for every email."""

import re
from email import message_from_bytes, policy

import icalendar
import pytest
from django.core import mail

from events.actions import cancel_occurrence, move_online, postpone_occurrence
from events.models import Occurrence
from events.registrations import actions, outbox, submissions
from events.registrations.emails.kinds import compose
from events.registrations.emails.links import own_address
from events.registrations.erasure_requests import erase_at_wish
from events.registrations.mail.sending import send_due
from events.registrations.models import OutboundEmail, Registration
from events.registrations.models.page import EmailWording
from tests.conftest import NOW
from tests.factories import publish
from tests.registrations.emails.conftest import everything, texts

Kind = OutboundEmail.Kind
State = OutboundEmail.State


def queued(kind, **fields):
    """Return the message of the newest queued email of ``kind``."""
    return compose(OutboundEmail.objects.filter(kind=kind, **fields).latest("pk"), at=NOW)


def entries(message):
    """Return the calendar entries of ``message``: (METHOD, VEVENT) of each file."""
    calendars = [icalendar.Calendar.from_ical(content) for _, content, _ in message.attachments]
    return [(str(one["METHOD"]), one.walk("VEVENT")[0]) for one in calendars]


def dates_of(booking):
    return list(booking.registration.occurrence.event.occurrences.order_by("starts_at"))


def test_a_message_is_well_formed_and_asks_for_no_automatic_replies(booking):
    read = message_from_bytes(booking.write("booked").message().as_bytes(), policy=policy.default)
    assert not read.defects
    assert re.fullmatch(r"<[^@\s]+@[^@\s]+>", read["Message-ID"])
    assert read["Auto-Submitted"] == "auto-generated"
    assert len(read.get_all("To")) == len(read.get_all("From")) == 1


def test_a_message_goes_to_its_recipient_alone(booking):
    booking.write("booked").send()
    (sent,) = mail.outbox
    assert sent.recipients() == ["sam@visitor.example"]


@pytest.mark.parametrize("kind", ["booked", "reminder", "organiser_received"])
def test_a_subject_reveals_nothing(booking, kind):
    subject = booking.write(kind).subject.lower()
    for word in ("prevent", "terror", "roundtable", "sam", "example"):
        assert word not in subject


def test_the_person_reads_date_place_link_and_deletion_date(booking):
    registration = booking.registration
    for text in texts(booking.write("booked")):
        assert "Thursday 26 November 2026, 6pm to 7:30pm" in text
        assert "Exampleton Town Hall, 1 High Street, Exampleton, HP99 9ZZ" in text
        assert own_address(registration) in text
        assert "0800 789 321" in text
        assert (
            "We’ll delete your access and dietary needs on 3 December 2026 and the rest of your "
            "details on 26 December 2026." in text
        )


def test_deletion_is_mentioned_once_and_without_needs_nobody_gave(booking):
    booking.put(sensitive_answers=[])
    message = booking.write("booked")
    assert message.body.count("We’ll delete") == 1
    assert "We’ll delete your details on 26 December 2026." in message.body
    assert "access" not in message.body


def test_the_organiser_reads_the_answers_marked_for_them_and_can_reply(booking):
    message = booking.write("organiser_received")
    for text in texts(message):
        assert "What is planned here?" in text
        assert "Sam Example" in text
        assert "View this registration in the CMS" in text
    assert message.reply_to == ["sam@visitor.example"]


def test_an_answer_no_longer_marked_is_no_longer_sent(booking, registration_page):
    registration_page.form_fields.filter(label="Your question").update(in_organiser_email=False)
    assert "What is planned here?" not in everything(booking.write("organiser_received"))


def test_a_multi_line_answer_cannot_pass_for_a_line_of_the_email(booking):
    forged = "Hello\n\nStatus: Declined\n\nCommunity safety team\nExample Council"
    answers = booking.registration.answers
    answers[0]["value"] = forged
    booking.put(answers=answers)
    lines = booking.write("organiser_received").body.splitlines()
    assert "    Status: Declined" in lines
    assert "Status: Declined" not in lines
    assert lines.count("Example Council") == 2


def test_the_organiser_reads_how_full_the_date_is(booking, registration_page):
    registration_page.capacity = 40
    publish(registration_page)
    assert "1 of 40 places taken." in booking.write("organiser_received").body


def test_a_discreet_copy_hides_only_the_answers_that_name_the_event(booking):
    answers = booking.registration.answers
    first = answers[0] | {"value": "Is there parking?"}
    booking.put(discreet=True, answers=[first])
    assert "Is there parking?" in booking.write("organiser_received").body
    booking.put(discreet=True, answers=[first | {"value": "What does Prevent do?"}])
    message = booking.write("organiser_received")
    assert "What does" not in everything(message)
    assert "1 answer would name the event. Read it in the CMS." in message.body


def test_the_editors_own_words_open_their_email(booking, registration_page):
    registration_page.wordings = [EmailWording(kind="booked", opening="See you <there> & then!")]
    publish(registration_page)
    plain, html = texts(booking.write("booked"))
    assert "See you <there> & then!" in plain
    assert "See you &lt;there&gt; &amp; then!" in html
    assert "has booked you a place" not in plain
    assert "See you" not in everything(booking.write("reminder"))


def test_links_in_an_editors_text_are_absolute_and_stay_in_the_plain_text(
    booking, registration_page, series
):
    registration_page.confirmation_text = (
        f'<p>Read <a linktype="page" id="{series.pk}">about the evening</a> and '
        '<a href="/cookies/">cookies</a>.</p>'
    )
    publish(registration_page)
    plain, html = texts(booking.write("booked"))
    for text in (plain, html):
        assert "http://testserver/prevent/roundtables/community-roundtable/" in text
        assert "http://testserver/cookies/" in text
    assert 'href="/' not in html


def test_text_written_for_a_venue_is_left_out_once_the_date_is_online(booking, registration_page):
    registration_page.confirmation_text = "<p>Doors open at 5:45pm.</p>"
    publish(registration_page)
    assert "Doors open" in booking.write("booked").body
    booking.put(date="moved_online")
    assert "Doors open" not in booking.write("booked").body


@pytest.mark.parametrize("name", ["Sam <script>alert(1)</script>", "=?utf-8?q?x?="])
def test_a_name_is_text_whatever_it_looks_like(booking, name):
    booking.put(name=name)
    message = booking.write("organiser_received")
    assert "<script>" not in message.alternatives[0][0]
    assert name in message.body


def test_a_changed_date_gives_both_values(booking):
    occurrence = booking.registration.occurrence
    postpone_occurrence(
        occurrence,
        reason="The speaker is ill",
        by=None,
        starts_at=occurrence.starts_at.replace(day=27),
        ends_at=occurrence.ends_at.replace(day=27),
        at=NOW,
    )
    both = (
        "New date: Friday 27 November 2026, 6pm to 7:30pm. It was Thursday 26 November 2026, "
        "6pm to 7:30pm."
    )
    message = queued("date_changed")
    for text in texts(message):
        assert both in text
        assert "The speaker is ill" in text
        assert "You still have your place." in text
        assert "27 December 2026" in text
    assert both in queued("organiser_date").body


def test_the_organiser_reads_which_fields_changed_but_no_sensitive_values(booking):
    registration = booking.registration
    answers = [registration.answers[0] | {"value": "Another question"}]
    needs = [{"name": "access_needs", "label": "Access needs", "value": "None"}]
    actions.change_details(
        registration, guests=0, answers=answers, sensitive_answers=needs, discreet=False, at=NOW
    )
    message = queued("organiser_changed")
    assert "Your question" in message.body
    assert "Access needs" not in everything(message)
    actions.change_details(
        registration, guests=0, answers=answers, sensitive_answers=[], discreet=False, at=NOW
    )
    assert "This email does not include what changed." in queued("organiser_changed").body


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        ("withdrawn", "cancelled_by_us", "Example Council has cancelled your booking"),
        ("declined", "declined", "cannot offer you a place"),
    ],
)
def test_when_staff_end_a_booking_the_email_says_so_and_the_organiser_is_told(
    booking, admin, status, kind, sentence
):
    actions.change_status(booking.registration, status, by=admin, at=NOW)
    message = queued(kind)
    assert sentence in message.body
    assert "as you asked" not in message.body
    assert "Confirmed" not in message.body
    ((method, entry),) = entries(message)
    assert (method, entry["STATUS"]) == ("CANCEL", "CANCELLED")
    assert entry["SEQUENCE"] > booking.registration.occurrence.sequence
    assert "A member of staff has" in queued("organiser_decided").body


def test_a_waiting_list_set_by_hand_does_not_claim_that_the_date_is_full(
    booking, admin, registration_page
):
    registration_page.capacity = 1
    registration_page.approval = True
    publish(registration_page)
    actions.change_status(booking.registration, "waiting", by=admin, at=NOW)
    message = queued("waiting")
    assert "taken" not in message.body
    assert "Example Council has put you on the waiting list" in message.body
    assert "If we can offer you a place, we’ll email you." in message.body


def test_people_who_cancel_are_not_told_that_we_did(booking):
    actions.withdraw(booking.registration, at=NOW)
    message = queued("withdrawn")
    assert "as you asked" in message.body
    assert not OutboundEmail.objects.filter(kind="organiser_decided").exists()
    assert "This person has cancelled their booking." in queued("organiser_withdrawn").body


def test_an_invitation_names_organiser_and_attendee(booking):
    ((method, entry),) = entries(booking.write("booked"))
    assert (method, entry["SEQUENCE"]) == ("REQUEST", booking.registration.occurrence.sequence)
    assert entry["ORGANIZER"] == "mailto:inbox@council.example"
    assert entry["ORGANIZER"].params["CN"] == "Community safety team"
    assert entry["ATTENDEE"] == "mailto:sam@visitor.example"
    assert entry["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert entry["ATTENDEE"].params["RSVP"] == "FALSE"
    assert str(entry["UID"]) == str(booking.registration.occurrence.uuid)
    part = booking.write("booked").message().get_payload()[-1]
    assert part.get_content_type() == "text/calendar"
    assert part.get_param("method") == "REQUEST"


def test_moving_removes_the_old_entry_and_invites_to_the_new_date(booking):
    first, second, *_ = dates_of(booking)
    actions.move(booking.registration, second, at=NOW)
    message = queued("moved")
    assert f"New date: {second.when}. It was {first.when}." in message.body
    (invited, new), (removed, old) = entries(message)
    assert (invited, str(new["UID"])) == ("REQUEST", str(second.uuid))
    assert (removed, str(old["UID"]), old["STATUS"]) == ("CANCEL", str(first.uuid), "CANCELLED")
    assert old["SEQUENCE"] > first.sequence
    assert f"New date: {second.when}. It was {first.when}." in queued("organiser_changed").body


def test_booking_again_after_cancelling_gives_a_newer_invitation(booking, valid_form):
    actions.withdraw(booking.registration, at=NOW)
    ((_, removed),) = entries(queued("withdrawn"))
    again = valid_form(discreet=None, email="sam@visitor.example").submission()
    submissions.register(again, at=NOW)
    ((_, invited),) = entries(queued("booked"))
    assert invited["SEQUENCE"] > removed["SEQUENCE"]


def test_a_couple_keeps_the_entry_when_one_of_them_cancels(booking, valid_form):
    other = valid_form(discreet=None, name="Kim Example", email="sam@visitor.example")
    submissions.register(other.submission(), at=NOW)
    actions.withdraw(booking.registration, at=NOW)
    assert entries(queued("withdrawn")) == []


def test_a_cancelled_date_is_cancelled_in_words_and_in_the_calendar(booking):
    occurrence = booking.registration.occurrence
    cancel_occurrence(occurrence, reason="The hall is shut", by=None, at=NOW)
    message = queued("date_cancelled")
    assert all("The reason is: The hall is shut" in text for text in texts(message))
    assert "If your plans change" not in message.body
    ((method, entry),) = entries(message)
    assert (method, entry["STATUS"]) == ("CANCEL", "CANCELLED")
    assert entry["SEQUENCE"] == occurrence.sequence
    told = queued("organiser_date")
    assert "This date is cancelled." in told.body
    assert "Reason given: The hall is shut" in told.body
    assert "We are emailing everyone with a booking: 1 person" in told.body


def test_a_date_moved_online_says_where_it_was_and_how_the_link_comes(booking):
    move_online(booking.registration.occurrence, reason="Snow", by=None, at=NOW)
    message = queued("moved_online")
    assert "New place: online. It was Exampleton Town Hall, 1 High Street" in message.body
    assert "We’ll email you the joining link as soon as we have it." in message.body


def test_a_new_or_changed_joining_link_goes_to_everyone_coming(booking, series, valid_form):
    waits = valid_form(discreet=None, name="Kim", email="kim@visitor.example").submission()
    waiting = submissions.register(waits, at=NOW)[0].registration
    Registration.objects.filter(pk=waiting.pk).update(status="waiting")
    move_online(booking.registration.occurrence, reason="Snow", by=None, at=NOW)
    for link, sentence in (
        ("https://meet.council.example/one", "is sending you the joining link for"),
        ("https://meet.council.example/two", "Use this one instead of the one we sent you before."),
    ):
        OutboundEmail.objects.filter(kind="joining_link").delete()
        series.joining_link = link
        series = publish(series)
        (row,) = OutboundEmail.objects.filter(kind="joining_link")
        assert row.recipient == "sam@visitor.example"
        message = compose(row, at=NOW)
        assert sentence in message.body
        assert link in message.body
    publish(series)
    assert OutboundEmail.objects.filter(kind="joining_link").count() == 1


def test_a_draft_with_another_link_emails_nobody(booking, series):
    move_online(booking.registration.occurrence, reason="Snow", by=None, at=NOW)
    series.joining_link = "https://meet.council.example/draft"
    series.save_revision()
    assert not OutboundEmail.objects.filter(kind="joining_link").exists()


@pytest.mark.parametrize(
    ("status", "is_given"),
    [("confirmed", True), ("waiting", False), ("received", False), ("declined", False)],
)
def test_only_people_with_a_place_read_how_to_join_online(booking, status, is_given):
    booking.put(status=status, date="moved_online", mode="online_link")
    message = booking.write("moved_online", booking.was())
    assert all(("meet.council.example" in text) is is_given for text in texts(message))


def test_nobody_reads_how_to_join_an_event_held_in_person(booking):
    booking.put(mode="online_link")
    Occurrence.objects.update(status="scheduled")
    type(booking.registration.occurrence.event).objects.update(attendance_mode="in_person")
    assert "meet.council.example" not in everything(booking.write("booked"))


def test_a_late_email_says_how_the_booking_stands(booking):
    actions.withdraw(booking.registration, at=NOW)
    message = queued("booked")
    assert "Your booking is cancelled." in message.body
    assert "has booked you a place" not in message.body


def test_someone_who_deletes_their_details_gets_a_confirmation_and_their_address_is_deleted(
    booking,
):
    assert erase_at_wish(booking.registration, at=NOW)
    row = OutboundEmail.objects.get(kind="erased")
    assert (row.recipient, row.registration) == ("sam@visitor.example", None)
    message = compose(row, at=NOW)
    assert "has deleted your booking" in message.body
    assert booking.registration.reference not in everything(message)
    assert [was_sent for _, was_sent in send_due(now=lambda: NOW)] == [True]
    assert [sent.to for sent in mail.outbox] == [["sam@visitor.example"]]
    row.refresh_from_db()
    assert (row.state, row.recipient) == (State.SENT, "")


def test_the_address_of_a_dismissed_last_email_is_deleted_too(booking):
    erase_at_wish(booking.registration, at=NOW)
    rows = OutboundEmail.objects.filter(kind="erased")
    outbox.abandon(rows, why="AbandonedByHand")
    assert rows.get().recipient == ""


def test_a_registration_whose_page_and_event_are_deleted_can_still_be_emailed_about(
    booking, series
):
    series.delete()
    for kind in ("date_cancelled", "organiser_withdrawn"):
        assert booking.registration.reference in booking.write(kind).body
