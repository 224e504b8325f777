"""``docs/examples/emails``: every kind as a file, as composed today.

``UPDATE_EMAIL_EXAMPLES=1 pytest tests/registrations/emails/test_examples.py`` rewrites them.
"""

import os
from datetime import date
from pathlib import Path

from events.models import OccurrenceChange
from events.registrations.emails.kinds import compose
from events.registrations.models import (
    AddressChange,
    DateMessage,
    OutboundEmail,
    Registration,
)
from prevent_content.models import PreventPage
from tests.conftest import NOW
from tests.factories import RegistrationFactory, publish
from tests.registrations.emails.conftest import example_file

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "examples" / "emails"
WAS_HALL = {"mode": "in_person"}
# (file, kind, state, facts beside the earlier date)
BOOKING_EMAILS = [
    ("booked", "booked", {"guests": 1}, {}),
    ("place-held", "held", {"status": "held"}, {}),
    ("not-confirmed-in-time", "held", {"status": "unconfirmed"}, {}),
    ("booked-online", "booked", {"mode": "online"}, {}),
    ("booked-discreet", "booked", {"discreet": True}, {}),
    ("request-received", "received", {"status": "received"}, {}),
    ("request-confirmed", "confirmed", {}, {}),
    ("request-declined", "declined", {"status": "declined"}, {}),
    ("waiting-list", "waiting", {"status": "waiting"}, {}),
    ("waiting-list-by-us", "waiting", {"status": "waiting"}, {"by_us": True}),
    ("place-offered", "offered", {}, {}),
    ("booking-changed", "changed", {"guests": 2}, {"guests_were": 1, "fields": ["Your question"]}),
    ("moved-to-another-date", "moved", {}, {"held_place": True}),
    ("cancelled-by-you", "withdrawn", {"status": "withdrawn"}, {"held_place": True}),
    ("cancelled-by-us", "cancelled_by_us", {"status": "withdrawn"}, {"held_place": True}),
    ("date-changed", "date_changed", {"reason": True}, {}),
    ("date-postponed", "date_postponed", {"date": "postponed"}, {}),
    ("moved-online", "moved_online", {"date": "moved_online"}, {}),
    ("venue-changed", "venue_changed", {"reason": True}, {}),
    ("joining-link", "joining_link", {"mode": "online_link"}, {}),
    ("date-cancelled", "date_cancelled", {"date": "cancelled"}, {}),
    ("going-ahead-again", "date_reinstated", {}, {}),
    ("reminder", "reminder", {}, {}),
    ("lost-link", "link", {}, {}),
    ("late-and-overtaken", "booked", {"status": "withdrawn"}, {}),
    ("organiser-new-booking", "organiser_received", {"guests": 1}, {}),
    ("organiser-new-request", "organiser_received", {"status": "received"}, {}),
    ("organiser-discreet", "organiser_received", {"discreet": True}, {}),
    ("organiser-changed", "organiser_changed", {"guests": 2}, {"guests_were": 1}),
    ("organiser-cancelled", "organiser_withdrawn", {"status": "withdrawn"}, {}),
    ("organiser-decision", "organiser_decided", {}, {"status": "confirmed"}),
    ("safeguarding-flag", "concern", {"concern_since": NOW}, {}),
]
NOTICES = [
    ("details-deleted", "erased", {}),
    ("address-changed", "email_changed", {"about": "PR-EXAM-PPPP"}),
    ("complaint-received", "complaint_received", {"about": "PC-EXAM-PPPP"}),
    ("complaint-notice", "complaint_notice", {"about": "PC-EXAM-PPPP"}),
    ("erasure-held", "erasure_held", {"about": "PR-EXAM-PPPP"}),
    ("route-changed", "route_changed", {"about": "Community roundtable"}),
    ("route-waiting", "route_waiting", {"about": "Community roundtable"}),
    ("mail-is-late", "alarm", {}),
    ("mail-was-refused", "undeliverable", {}),
    ("assigned", "assigned", {}),
    ("account-changed", "account_changed", {"about": "A passkey was added"}),
]
DATE_CHANGES = ["cancelled", "postponed", "rescheduled", "moved_online", "venue_changed"]


def written(booking, series, registration_page, home):
    """Return {file name: content} of every example."""
    files = {}
    page = registration_page
    page.confirmation_text = (
        '<p>Doors open at 5:45pm. <a href="/cookies/">Read about this website</a>.</p>'
    )
    publish(page)
    for name, kind, state, facts in BOOKING_EMAILS:
        settled = {key: value for key, value in state.items() if key != "reason"}
        booking.put(**settled)
        if "reason" in state:
            type(booking.registration.occurrence).objects.update(reason="The hall was flooded.")
        was = {} if kind in ("changed", "organiser_changed") else booking.was()
        if kind == "moved":
            other = series.occurrences.order_by("starts_at")[1]
            was["was"] |= {"occurrence": other.pk, "starts_at": other.starts_at.isoformat()}
            was["was"]["ends_at"] = other.ends_at.isoformat()
        files[name] = example_file(booking.write(kind, was | facts))
    booking.put()
    for name, kind, fields in NOTICES:
        message = booking.write(kind, recipient="team@council.example", **fields)
        files[name] = example_file(message)
    AddressChange.objects.create(
        registration=booking.registration, email="sam@new.example", key="example", asked_at=NOW
    )
    message = booking.write("confirm_email", recipient="sam@new.example")
    files["address-to-be-confirmed"] = example_file(message)
    occurrence = booking.registration.occurrence
    for action in DATE_CHANGES:
        booking.put(
            date=action if action in ("cancelled", "postponed", "moved_online") else "scheduled"
        )
        facts = booking.was() | {
            "action": str(OccurrenceChange.Action(action)),
            "reason": "The hall was flooded.",
            "people": 12,
        }
        row = OutboundEmail.objects.create(
            kind="organiser_date",
            occurrence=type(occurrence).objects.get(pk=occurrence.pk),
            facts=facts,
            recipient="team@council.example",
            message_id=f"<{action}@council.example>",
            idempotency_key=f"example {action}",
        )
        files[f"organiser-date-{action.replace('_', '-')}"] = example_file(compose(row, at=NOW))
    booking.put()
    message = DateMessage.objects.create(
        occurrence=occurrence,
        subject="Parking on {date}",
        text="The car park is closed.\n\nWe’ll open the doors at 5:30pm.",
        statuses=["confirmed"],
        key="example",
    )
    for name, discreet in (("message", False), ("message-discreet", True)):
        booking.put(discreet=discreet)
        files[name] = example_file(booking.write("message", date_message=message))
    booking.put()
    needs = OutboundEmail.objects.create(
        kind="organiser_needs",
        occurrence=type(occurrence).objects.get(pk=occurrence.pk),
        recipient="team@council.example",
        message_id="<needs@council.example>",
        idempotency_key="example needs",
    )
    vegan = {"name": "d", "label": "Dietary needs", "type": "checkboxes", "value": ["Vegan"]}
    crowd = RegistrationFactory.create_batch(
        5, occurrence=occurrence, status="confirmed", sensitive_answers=[vegan]
    )
    files["organiser-needs"] = example_file(compose(needs, at=NOW))
    Registration.objects.filter(pk__in=[row.pk for row in crowd]).delete()
    digest = OutboundEmail.objects.create(
        kind="organiser_digest",
        recipient="team@council.example",
        message_id="<digest@council.example>",
        idempotency_key="example digest",
    )
    OutboundEmail.objects.filter(kind="organiser_received").update(digest=digest)
    OutboundEmail.objects.filter(kind="organiser_date").update(digest=digest)
    files["organiser-daily-summary"] = example_file(compose(digest, at=NOW))
    owned = PreventPage.objects.get()
    owned.owner_inbox = "team@council.example"
    PreventPage.objects.filter(pk=owned.pk).update(review_by=date(2026, 10, 1))
    return files


def test_the_examples_match_what_the_site_sends(booking, series, registration_page, home, settings):
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": "https://www.council.example"}
    settings.WAGTAILADMIN_BASE_URL = "https://www.council.example"
    Registration.objects.filter(pk=booking.registration.pk).update(link_key="example")
    files = written(booking, series, registration_page, home)
    if os.environ.get("UPDATE_EMAIL_EXAMPLES"):
        FOLDER.mkdir(parents=True, exist_ok=True)
        for outdated in FOLDER.glob("*.eml"):
            outdated.unlink()
        for name, content in files.items():
            (FOLDER / f"{name}.eml").write_bytes(content)
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(files)
    differing = [
        name for name, content in files.items() if (FOLDER / f"{name}.eml").read_bytes() != content
    ]
    assert not differing
