"""Every email in every state it can have, as its recipient reads it."""

import itertools
import re

import pytest
from bs4 import BeautifulSoup

from events.models import Occurrence
from events.registrations.emails import kinds
from events.registrations.emails.booking import CURRENT_STATE, BookingEmail
from events.registrations.mail.retry_policy import NothingToSay
from events.registrations.models import OutboundEmail, Registration
from tests.conftest import NOW
from tests.registrations.emails.conftest import MODES, everything, texts

Kind = OutboundEmail.Kind
Status = Registration.Status
DateStatus = Occurrence.Status
TITLE = "Community roundtable"

BOOKING_KINDS = [kind.value for kind in Kind if isinstance(kinds.kind_of(kind.value), BookingEmail)]
SINGLE_ORGANISER_KINDS = ["received", "changed", "withdrawn", "decided"]
# A sentence, and when an email may contain it: by status, status of the date and mode.
ACTIVE = {"received", "confirmed", "waiting"}
GOING_AHEAD = {"scheduled", "moved_online"}
SENTENCES = [
    ("You have a place.", lambda s, d, m: s == "confirmed" and d != "cancelled"),
    ("You still have your place.", lambda s, d, m: s == "confirmed" and d != "cancelled"),
    ("You are still on the waiting list", lambda s, d, m: s == "waiting"),
    ("You are on the waiting list", lambda s, d, m: s == "waiting"),
    ("cancel your place so that", lambda s, d, m: s == "confirmed" and d in GOING_AHEAD),
    ("If your plans change", lambda s, d, m: s in ACTIVE and d != "cancelled"),
    ("View your booking to see", lambda s, d, m: False),
    ("This event is cancelled", lambda s, d, m: d == "cancelled"),
    ("(cancelled)", lambda s, d, m: d == "cancelled"),
    ("(postponed, no new date yet)", lambda s, d, m: d == "postponed"),
    ("There is no new date yet", lambda s, d, m: d == "postponed"),
    ("Exampleton Town Hall", lambda s, d, m: m in ("hall", "both") and d != "moved_online"),
    ("We’ll email you the joining link", lambda s, d, m: s == "confirmed" and m != "hall"),
    ("If you get a place, we’ll email you the joining link", lambda s, d, m: s != "confirmed"),
    ("https://meet.council.example/room", lambda s, d, m: s == "confirmed" and m == "online_link"),
    ("We could not offer you a place", lambda s, d, m: s == "declined"),
    ("Your booking is cancelled", lambda s, d, m: s == "withdrawn"),
    ("when we have decided on your request", lambda s, d, m: s == "received"),
    ("confirmed your place", lambda s, d, m: s == "confirmed"),
    ("We are holding your place until 1pm", lambda s, d, m: s == "held"),
    ("You can still confirm your email address", lambda s, d, m: s == "unconfirmed"),
    ("You have not confirmed", lambda s, d, m: s in ("held", "unconfirmed")),
]


def check_form(message, greeting="Dear Sam Example,"):
    """Check what holds for every email."""
    assert message.from_email == "Example Council <roundtables@council.example>"
    plain, html = texts(message)
    soup = BeautifulSoup(html, "html.parser")
    assert soup.html["lang"]
    assert soup.find("meta", attrs={"name": "viewport"})["content"].startswith("width=device-width")
    assert soup.find("meta", attrs={"name": "color-scheme"})["content"] == "light dark"
    assert "prefers-color-scheme: dark" in soup.style.string
    assert len(soup.find_all("h1")) == 1
    levels = [int(heading.name[1]) for heading in soup.find_all(re.compile("^h[1-6]$"))]
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    paragraphs = [p.get_text(" ", strip=True) for p in soup.body.find_all("p")]
    assert paragraphs[0] == "Example Council"
    assert paragraphs[1] == greeting
    assert paragraphs[-1].endswith("Example Council")
    assert plain.strip().endswith("Example Council")
    for element in soup.body.find_all(["p", "h1", "h2", "th", "td", "li", "a", "blockquote"]):
        assert element.get_text(strip=True), f"empty {element.name}"
    for text in [message.subject, plain, soup.get_text(" ")]:
        assert not re.search(r"\{\{|\}\}|\{%|%\(|\bNone\b|  \.|\(\)|: *$", text.strip()), text
    for element in soup.find_all(["a", "img", "link"]):
        address = element.get("href") or element.get("src")
        assert re.match(r"(https?://|mailto:|tel:)", address), address
        assert address.removeprefix("mailto:").removeprefix("tel:") in plain


def check_sentences(message, status, date, mode):
    """Check that no sentence belongs to another state."""
    effective = "online" if date == "moved_online" and mode == "hall" else mode
    words = " ".join(message.body.split())
    for sentence, is_allowed in SENTENCES:
        if sentence in words:
            assert is_allowed(status, date, effective), (sentence, status, date, mode)


def true_states(kind):
    """Return the states of booking and date in which an email of ``kind`` is true."""
    own = kinds.kind_of(kind)
    return list(itertools.product(own.statuses, own.dates))


@pytest.mark.parametrize("kind", BOOKING_KINDS)
def test_an_email_to_a_person_is_complete_and_true_in_every_state(booking, kind):
    modes = ["online_link"] if kind == "joining_link" else MODES
    for (status, date), mode in itertools.product(true_states(kind), modes):
        booking.put(status=status, date=date, mode=mode, guests=2)
        message = booking.write(kind, booking.was())
        check_form(message)
        check_sentences(message, status, date, mode)
        assert str(kinds.kind_of(kind).subject) in message.subject
        assert TITLE in message.body


@pytest.mark.parametrize("kind", BOOKING_KINDS)
def test_an_email_no_longer_true_says_how_the_booking_stands_or_is_not_sent(booking, kind):
    own = kinds.kind_of(kind)
    for status, date in itertools.product(Status.values, DateStatus.values):
        if (status, date) in true_states(kind):
            continue
        booking.put(status=status, date=date)
        if own.lapses:
            with pytest.raises(NothingToSay):
                booking.write(kind, booking.was())
            continue
        message = booking.write(kind, booking.was())
        check_form(message)
        check_sentences(message, status, date, "hall")
        assert str(CURRENT_STATE.subject) in message.subject


@pytest.mark.parametrize("kind", BOOKING_KINDS)
def test_a_discreet_email_names_no_event_and_no_place_in_any_state(booking, kind):
    for status, date in true_states(kind):
        booking.put(status=status, date=date, discreet=True, mode="online_link")
        message = booking.write(kind, booking.was() | {"fields": ["Your question"]})
        check_form(message)
        whole = everything(message).lower()
        for word in (TITLE, "Town Hall", "Old Hall", "prevent", "terror", "referral"):
            assert word.lower() not in whole
        assert not message.attachments
        assert not message.reply_to


@pytest.mark.parametrize("kind", BOOKING_KINDS)
def test_an_email_about_a_deleted_event_in_person_never_says_online(booking, kind):
    for status, date in true_states(kind):
        if date != "moved_online" and kind != "joining_link":
            booking.put(status=status, date=date, event=False)
            message = booking.write(kind, booking.was())
            check_form(message)
            assert "online" not in message.body.lower()


@pytest.mark.parametrize("is_discreet", [False, True])
@pytest.mark.parametrize("kind", SINGLE_ORGANISER_KINDS)
def test_an_email_to_the_organiser_is_complete_in_every_state(booking, kind, is_discreet):
    for status, date in itertools.product(ACTIVE | {"declined", "withdrawn"}, DateStatus.values):
        booking.put(status=status, date=date, discreet=is_discreet, guests=1)
        facts = {"status": status, "fields": ["Your question"], "guests_were": 2}
        message = booking.write(f"organiser_{kind}", facts)
        check_form(message, "Hello,")
        assert "hearing" not in everything(message).lower()
        is_asked = "waiting for your decision" in message.body
        assert is_asked == (status == "received" and kind == "received")
        if is_discreet:
            whole = everything(message).lower()
            for word in (TITLE, "Town Hall", "prevent", "terror"):
                assert word.lower() not in whole
            assert "Do not name it when you reply" in message.body


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("route_changed", {"about": "Community roundtable"}),
        ("route_waiting", {"about": "Community roundtable"}),
        ("alarm", {}),
        ("undeliverable", {}),
        ("complaint_received", {"about": "PC-1234"}),
        ("complaint_notice", {"about": "PC-1234"}),
        ("erasure_held", {"about": "PR-1234"}),
        ("erased", {}),
        ("email_changed", {"about": "PR-1234"}),
        ("assigned", {}),
        ("account_changed", {"about": "A passkey was added"}),
    ],
)
def test_every_notice_is_complete(booking, kind, fields):
    message = booking.write(kind, recipient="web@council.example", **fields)
    check_form(message, "Hello,")


def test_an_email_about_a_flag_is_complete(booking):
    booking.put(concern_since=NOW)
    message = booking.write("concern")
    check_form(message, "Hello,")
    assert booking.registration.reference not in everything(message)


def test_every_kind_has_an_email():
    assert {kind for kind in Kind.values if kinds.kind_of(kind)} == set(Kind.values)
