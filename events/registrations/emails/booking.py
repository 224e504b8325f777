"""Emails to a person about their booking: what each kind says, and in which state it is true.

An email may be sent hours after it was queued. If its kind no longer fits the booking or its date,
it describes the current state instead.
"""

import re
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from bs4 import BeautifulSoup
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.models import Occurrence
from prevent_content.links import council_name, rich_text_html
from prevent_content.models import PreventSettings

from ..mail.retry_policy import NothingToSay, RegistrationErased
from ..models import OutboundEmail, Registration
from ..models.page import GOING_AHEAD
from ..models.registration import ACTIVE, TO_CONFIRM
from .facts import date_from_facts, place_lines
from .invitations import attach_calendar_entries
from .kinds import TEMPLATES, EmailKind, kind_of, register_email_kinds, render_email
from .links import event_address, joining_link, own_address, site_of, site_root

Kind = OutboundEmail.Kind
Status = Registration.Status
DateStatus = Occurrence.Status
# They acknowledge a form, so they list the address's other bookings for the date.
BOOKING_KINDS = (Kind.BOOKED, Kind.RECEIVED, Kind.WAITING)
# After these, "What happens next" applies.
OWN_ADDRESS = re.compile(r"https?://\S+/registration/[\w:=.-]+/")
WELCOMING = (Kind.BOOKED, Kind.RECEIVED, Kind.CONFIRMED, Kind.OFFERED)


@dataclass(frozen=True)
class BookingEmail(EmailKind):
    """An email that is true for registrations of ``statuses`` on dates of ``dates``.

    If it is not, the booking's current state is sent, or nothing if it ``lapses``.
    """

    statuses: tuple[str, ...] = ACTIVE
    dates: tuple[str, ...] = tuple(DateStatus.values)
    lapses: bool = False
    is_about_coming: bool = True
    needs_joining_link: bool = False

    def is_true(self, registration: Registration, *, at: datetime) -> bool:
        occurrence = registration.occurrence
        return (
            registration.status in self.statuses
            and occurrence.status in self.dates
            and not (self.is_about_coming and occurrence.starts_at <= at)
            and (not self.needs_joining_link or bool(joining_link(registration)))
        )

    def compose(self, email: OutboundEmail, *, at: datetime) -> EmailMultiAlternatives:
        registration = email.registration
        if registration is None or registration.erased_at is not None:
            raise RegistrationErased
        show_in_language_of_form(registration)
        with translation.override(language_of(registration)):
            if self.is_true(registration, at=at):
                return self.message(registration, email.facts, at=at, sentence=email.sentence)
            if self.lapses:
                raise NothingToSay
            return CURRENT_STATE.message(registration, email.facts, at=at)

    def message(
        self, registration: Registration, facts: dict, *, at: datetime, sentence: str = ""
    ) -> EmailMultiAlternatives:
        """Return the message in the active language, with staff's own ``sentence``.

        A discreet one names no event or place and has no attachment. Texts by editors and other
        staff may name the event too, so it has only our own words.
        """
        page = registration.page
        site = site_of(page)
        context = {
            **booking_context(registration, facts, at=at),
            "link": own_address(registration, site),
            "erasure_moved": self.name == Kind.DATE_CHANGED,
        }
        if page and not registration.discreet:
            context["opening"] = own_opening(registration, self.name)
            context["sentence"] = sentence
            # Written for a venue: where to park, when the doors open.
            is_as_planned = registration.occurrence.status != DateStatus.MOVED_ONLINE
            if self.name in WELCOMING and is_as_planned and site:
                context["next_steps"] = rich_text_html(page.confirmation_text, site)
        if self.name in BOOKING_KINDS:
            context["same_date"] = other_bookings(registration, site)
        if self.name == Kind.LINK:
            context["others"] = bookings_of_address(registration, site, at=at)
        reply_to = page.recipient if page and not registration.discreet else ""
        message = render_email(self.name, self.subject, context, site=site, reply_to=reply_to)
        if not registration.discreet:
            attach_calendar_entries(message, registration, self.name, facts, at=at)
        return message


def booking_context(registration: Registration, facts: dict, *, at: datetime) -> dict:
    """Return what the templates' shared blocks need, for every kind."""
    page, occurrence = registration.page, registration.occurrence
    event, is_discreet = occurrence.event, registration.discreet
    site = site_of(page)
    is_open = occurrence.starts_at > at and not occurrence.is_cancelled
    team = event.organiser.team if event and event.organiser and not is_discreet else ""
    return {
        "registration": registration,
        "reference": registration.reference,
        "occurrence": occurrence,
        "event_title": "" if is_discreet else occurrence.title,
        "event_name": gettext("this event") if is_discreet else occurrence.title,
        "event_url": "" if is_discreet else event_address(registration),
        "has_other_dates": has_other_dates(registration, at=at) and not is_discreet,
        "team": team,
        "is_discreet": is_discreet,
        "facts": facts,
        "was": date_from_facts(facts),
        "where": [] if is_discreet else place_lines(occurrence),
        "is_online": occurrence.attendance_mode != "in_person",
        "joining_link": joining_link(registration),
        "can_change": registration.status in ACTIVE and is_open,
        "is_over": occurrence.ends_at <= at,
        "by_approval": bool(page and page.approval),
        "waiting_list": bool(page and page.waiting_list),
        "is_held": registration.is_held(at=at),
        "held_until": registration.held_until,
        "confirm_link": own_address(registration, site) + "confirm/",
        "erase_sensitive_at": sensitive_deletion(registration, at=at),
        "concern_routes": PreventSettings.for_site(site) if site and not is_discreet else None,
        "site_root": site_root(site),
    }


def sensitive_deletion(registration: Registration, *, at: datetime) -> datetime | None:
    """Return when sensitive answers are deleted, if there are any and that is before the rest."""
    day = registration.erase_sensitive_at
    if day is None or not at < day < registration.erase_at:
        return None
    given = Registration.objects.filter(pk=registration.pk).exclude(sensitive_answers__exact="")
    return day if given.exists() else None


def has_other_dates(registration: Registration, *, at: datetime) -> bool:
    """Whether the event has another date open for booking."""
    page = registration.page
    if page is None or not page.live:
        return False
    dates = page.coming_occurrences(at=at)
    return any(row.pk != registration.occurrence_id and page.is_open(row, at=at) for row in dates)


def other_bookings(registration: Registration, site) -> list[tuple[Registration, str]]:
    """Return the address's other bookings for the date, with the links to them."""
    rows = Registration.objects.active_with_address(registration.email, registration.occurrence)
    return [(row, own_address(row, site)) for row in rows.exclude(pk=registration.pk)]


def bookings_of_address(
    registration: Registration, site, *, at: datetime
) -> list[tuple[Registration, str]]:
    """Return every other booking of the address, with the link to it."""
    rows = Registration.objects.of_address(registration.email, at=at).exclude(pk=registration.pk)
    return [(row, own_address(row, site)) for row in rows.select_related("occurrence", "page")]


def own_opening(registration: Registration, kind: str) -> str:
    """Return the editor's own opening paragraph for ``kind``; "" if there is none."""
    words = registration.page.wordings.filter(kind=kind).values_list("opening", flat=True)
    return words.first() or ""


def preview_email(
    registration: Registration, kind: str, *, status: str, sentence: str, at: datetime
) -> EmailMultiAlternatives:
    """Return the email of ``kind`` with another status, as a preview for staff.

    Its plain text omits links to people's own pages: anyone with such a link controls the booking.
    """
    shown = copy(registration)
    shown.status = status
    show_in_language_of_form(shown)
    with translation.override(language_of(shown)):
        message = cast(BookingEmail, kind_of(kind)).message(
            shown, {"by_us": True}, at=at, sentence=sentence
        )
    message.body = OWN_ADDRESS.sub("https://…", str(message.body))
    return message


def show_in_language_of_form(registration: Registration) -> None:
    """Show the date of ``registration`` in the language of its form."""
    page, occurrence = registration.page, registration.occurrence
    event = occurrence.event
    if page and event and page.locale_id != event.locale_id and page.event:
        occurrence.show_as(page.event)
        # The stored entry is in the event's original language.
        occurrence.vevent = b""


def wording_of_kind(kind: str) -> tuple[str, str]:
    """Return the subject and first paragraph of emails of ``kind``, for staff who cause them."""
    at = timezone.now()
    context = {
        "council": council_name(site_of(None)),
        "event_name": gettext("this event"),
        "registration": Registration(),
        "occurrence": Occurrence(starts_at=at, ends_at=at),
        "facts": {},
    }
    html = render_to_string(f"{TEMPLATES}/{kind}.html", context)
    greeting = BeautifulSoup(html, "html.parser").h1.find_next("p")
    return str(kind_of(kind).subject), greeting.find_next("p").get_text(strip=True)


def language_of(registration: Registration) -> str:
    """Return the language of the submitted form, or else the site's."""
    page = registration.page
    return page.locale.language_code if page else settings.LANGUAGE_CODE


CURRENT_STATE = BookingEmail("current_state", _("Your booking"))
LIVE = GOING_AHEAD
register_email_kinds(
    BookingEmail(Kind.BOOKED, _("Your place is booked"), (Status.CONFIRMED,), LIVE),
    BookingEmail(Kind.HELD, _("Confirm your booking"), TO_CONFIRM, LIVE),
    BookingEmail(Kind.RECEIVED, _("We have received your request"), (Status.RECEIVED,), LIVE),
    BookingEmail(Kind.CONFIRMED, _("Your place is confirmed"), (Status.CONFIRMED,), LIVE),
    BookingEmail(Kind.WAITING, _("You are on the waiting list"), (Status.WAITING,), LIVE),
    BookingEmail(Kind.OFFERED, _("You have a place"), (Status.CONFIRMED,), LIVE),
    BookingEmail(
        Kind.DECLINED,
        _("We cannot offer you a place"),
        (Status.DECLINED,),
        is_about_coming=False,
    ),
    BookingEmail(Kind.CHANGED, _("Your booking has changed"), dates=LIVE),
    BookingEmail(Kind.MOVED, _("You have moved to another date"), dates=LIVE),
    BookingEmail(
        Kind.WITHDRAWN,
        _("You have cancelled your booking"),
        (Status.WITHDRAWN,),
        is_about_coming=False,
    ),
    BookingEmail(
        Kind.CANCELLED_BY_US,
        _("Your booking is cancelled"),
        (Status.WITHDRAWN,),
        is_about_coming=False,
    ),
    BookingEmail(Kind.DATE_CHANGED, _("The date of your event has changed"), dates=LIVE),
    BookingEmail(
        Kind.DATE_POSTPONED,
        _("Your event is postponed"),
        dates=(DateStatus.POSTPONED,),
        is_about_coming=False,
    ),
    BookingEmail(
        Kind.MOVED_ONLINE, _("Your event has moved online"), dates=(DateStatus.MOVED_ONLINE,)
    ),
    BookingEmail(
        Kind.VENUE_CHANGED, _("Your event has a new venue"), dates=(DateStatus.SCHEDULED,)
    ),
    BookingEmail(
        Kind.JOINING_LINK,
        _("How to join your event online"),
        (Status.CONFIRMED,),
        LIVE,
        lapses=True,
        needs_joining_link=True,
    ),
    BookingEmail(
        Kind.DATE_CANCELLED,
        _("Your event is cancelled"),
        dates=(DateStatus.CANCELLED,),
        is_about_coming=False,
    ),
    BookingEmail(Kind.DATE_REINSTATED, _("Your event is going ahead"), dates=LIVE),
    BookingEmail(
        Kind.REMINDER, _("Reminder of your event"), (Status.CONFIRMED,), LIVE, lapses=True
    ),
    BookingEmail(
        Kind.LINK,
        _("The link to your booking"),
        tuple(Status.values),
        is_about_coming=False,
    ),
)
