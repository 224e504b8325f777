"""Where registrations go, who is notified when that changes, and the daily digest."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from wagtail.models import PageLogEntry, Site

from events.registrations import outbox
from events.registrations.emails.digests import make_digests
from events.registrations.models import (
    OutboundEmail,
    RegistrationMailSettings,
    RegistrationPage,
)
from events.registrations.models.routing import next_digest
from tests.factories import OrganiserFactory, RegistrationFactory, publish
from tests.smtp_servers import plain_text_of

Kind = OutboundEmail.Kind
State = OutboundEmail.State
FIRST = date(2026, 11, 26)


@pytest.fixture
def page(registration_page):
    return registration_page


def test_registrations_go_to_the_events_organiser(page):
    assert page.mail_route(FIRST) == ["inbox@council.example"]


def test_a_pages_own_inboxes_precede_its_events(page):
    page.organiser_inboxes = "one@council.example\n\n two@council.example \nONE@council.example"
    assert page.mail_route(FIRST) == ["one@council.example", "two@council.example"]


def test_a_dates_inboxes_precede_all_others_and_copies_are_extra(page):
    page.organiser_inboxes = "one@council.example"
    page.copy_inboxes = "lead@council.example\none@council.example"
    page.date_inboxes = [("date", {"date": FIRST, "addresses": "hall@council.example"})]
    page = publish(page)
    assert page.mail_route(FIRST) == [
        "hall@council.example",
        "lead@council.example",
        "one@council.example",
    ]
    assert page.mail_route(date(2027, 2, 25)) == ["one@council.example", "lead@council.example"]


def test_the_sites_inboxes_come_last(page):
    page.event.organiser = None
    assert page.mail_route(FIRST) == []
    site = Site.objects.get(is_default_site=True)
    RegistrationMailSettings.objects.filter(site=site).update(inboxes="site@council.example")
    assert page.mail_route(FIRST) == ["site@council.example"]


@pytest.mark.parametrize(
    "change",
    [
        {"organiser_inboxes": "inbox@elsewhere.example"},
        {"copy_inboxes": "lead@council.example\nlead@elsewhere.example"},
        {"date_inboxes": [("date", {"date": FIRST, "addresses": "a@elsewhere.example"})]},
        {"organiser_inboxes": "not an address"},
    ],
)
def test_an_editor_cannot_send_registrations_outside_the_allowed_domains(page, settings, change):
    settings.PREVENT = {**settings.PREVENT, "ORGANISER_EMAIL_DOMAINS": ["council.example"]}
    page.full_clean()
    for name, value in change.items():
        setattr(page, name, value)
    with pytest.raises(ValidationError) as caught:
        page.full_clean()
    assert list(caught.value.error_dict) == list(change)


def test_an_organisers_inbox_must_be_at_an_allowed_domain_too(page, settings):
    settings.PREVENT = {**settings.PREVENT, "ORGANISER_EMAIL_DOMAINS": ["elsewhere.example"]}
    with pytest.raises(ValidationError, match="may not be sent to"):
        page.event.organiser.full_clean()


def told() -> list[tuple[str, str]]:
    rows = OutboundEmail.objects.filter(kind=Kind.ROUTE_CHANGED).order_by("pk")
    return [(row.recipient, row.about) for row in rows]


def test_a_first_or_unchanged_publication_notifies_nobody(page):
    publish(page)
    assert told() == []


def test_a_new_inbox_notifies_the_old_one_and_the_log(page):
    page.organiser_inboxes = "new@council.example"
    publish(page)
    publish(page)
    assert told() == [("inbox@council.example", "Community roundtable")]
    entry = PageLogEntry.objects.get(action="prevent_registrations.route_changed")
    assert entry.data == {"removed": ["i•••@council.example"], "added": ["n•••@council.example"]}


def test_an_organisers_new_inbox_notifies_the_old_one(page):
    organiser = page.event.organiser
    organiser.inbox = "new@council.example"
    organiser.save()
    assert told() == [("inbox@council.example", "Community roundtable")]


def test_an_events_new_organiser_notifies_the_old_one(page):
    event = page.event
    event.organiser = OrganiserFactory(inbox="other@council.example")
    publish(event)
    assert told() == [("inbox@council.example", "Community roundtable")]


def test_every_change_back_and_forth_notifies(page):
    organiser = page.event.organiser
    for inbox in ("new@council.example", "inbox@council.example", "new@council.example"):
        organiser.inbox = inbox
        organiser.save()
    assert [recipient for recipient, _ in told()] == [
        "inbox@council.example",
        "new@council.example",
        "inbox@council.example",
    ]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (datetime(2026, 11, 2, 7, 59, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),
        (datetime(2026, 11, 2, 8, tzinfo=UTC), datetime(2026, 11, 3, 8, tzinfo=UTC)),
        (datetime(2026, 7, 1, 6, 59, tzinfo=UTC), datetime(2026, 7, 1, 7, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC)),
        (datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 28, 7, tzinfo=UTC)),
    ],
)
def test_the_digest_goes_at_8_by_the_london_clock(after, expected):
    assert next_digest(after=after) == expected


@pytest.fixture
def daily(page, now):
    """A page with a daily digest, two registrations, and a third after 8 the next day."""
    RegistrationPage.objects.filter(pk=page.pk).update(organiser_mail="daily")
    page = RegistrationPage.objects.get(pk=page.pk)
    first = page.event.occurrences.order_by("date").first()
    for number, at in enumerate([now(), now(), now() + timedelta(hours=20, minutes=1)]):
        registration = RegistrationFactory(
            page=page, occurrence=first, email=f"ada{number}@visitor.example", name=f"Ada {number}"
        )
        outbox.enqueue_emails(registration, [(Kind.ORGANISER_RECEIVED, 0)], at=at)
    return page


def test_registrations_for_a_digest_wait_until_8_and_go_as_one_email(daily, server, send, now):
    make_digests(at=now())
    assert send() == []
    now.time = datetime(2026, 11, 3, 8, tzinfo=UTC)
    assert make_digests(at=now()) == 1
    assert make_digests(at=now()) == 0
    assert send() == [True]
    (message,) = server.taken
    body = plain_text_of(message)
    assert (
        "Community roundtable\n\nDate: Thursday 26 November 2026, 6pm to 7:30pm\nNew bookings: 2\n"
        in body
    )
    assert "Ada" not in body
    assert "visitor" not in body
    assert list(
        OutboundEmail.objects.filter(kind=Kind.ORGANISER_RECEIVED)
        .order_by("pk")
        .values_list("state", flat=True)
    ) == [State.SENT, State.SENT, State.WAITING]
    now.forward(days=1)
    assert make_digests(at=now()) == 1
    assert send() == [True]


def test_a_digest_about_nobody_is_not_sent(daily, server, send, now):
    now.time = datetime(2026, 11, 3, 8, tzinfo=UTC)
    make_digests(at=now())
    daily.registrations.all().delete()
    assert send() == [False]
    row = OutboundEmail.objects.get()
    assert (row.state, row.last_error) == (State.ABANDONED, "NothingToSay")


def test_a_failed_digest_gives_up_its_parts_and_a_retry_includes_them(daily, server, send, now):
    now.time = datetime(2026, 11, 3, 8, tzinfo=UTC)
    make_digests(at=now())
    row = OutboundEmail.objects.get(kind=Kind.ORGANISER_DIGEST)
    parts = OutboundEmail.objects.filter(digest=row)
    outbox.abandon(OutboundEmail.objects.filter(pk=row.pk), why="AbandonedByHand")
    assert set(parts.values_list("state", flat=True)) == {State.ABANDONED}
    row.refresh_from_db()
    assert outbox.retry(row, at=now())
    assert send() == [True]
    assert set(parts.values_list("state", flat=True)) == {State.SENT}


def test_a_refused_digest_gives_up_its_parts(daily, server, send, now):
    now.time = datetime(2026, 11, 3, 8, tzinfo=UTC)
    make_digests(at=now())
    server.mood = "refusing_content"
    assert send() == [False]
    row = OutboundEmail.objects.get(kind=Kind.ORGANISER_DIGEST)
    states = OutboundEmail.objects.filter(digest=row).values_list("state", flat=True)
    assert [row.state, *states] == [State.ABANDONED] * 3
