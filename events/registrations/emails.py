"""What each outbound e-mail says. Composed when it is sent, from what is true then."""

import html
import re
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from events.calendars import calendar_file
from events.models import Occurrence, OccurrenceChange
from prevent_content.links import site_address
from prevent_content.models import PreventSettings

from .models import OutboundEmail, Registration, RegistrationPage

Kind = OutboundEmail.Kind


@dataclass(frozen=True, slots=True)
class Wording:
    """What is particular to one kind of e-mail.

    Subjects are neutral on purpose: they are read over shoulders and on lock screens.
    ``calendar`` tells whether the date's calendar file comes with it.
    """

    subject: str
    opening: str
    calendar: bool = False


WORDINGS = {
    Kind.RECEIVED: Wording(
        _("We have received your request"),
        _(
            "Thank you. We have received your request to attend. We write to you again when it is "
            "confirmed or declined."
        ),
    ),
    Kind.CONFIRMED: Wording(
        _("Your registration is confirmed"),
        _("Thank you. Your place is confirmed."),
        calendar=True,
    ),
    Kind.WAITING: Wording(
        _("You are on the waiting list"),
        _(
            "Thank you. All places are taken at the moment, so you are on the waiting list. If a "
            "place becomes free, you get it in your turn and we write to you."
        ),
    ),
    Kind.OFFERED: Wording(
        _("A place has become free"),
        _(
            "A place has become free and it is yours. If you can no longer come, please withdraw "
            "with the link below, so that the next person gets it."
        ),
        calendar=True,
    ),
    Kind.DECLINED: Wording(
        _("About your request"), _("We are sorry, but we cannot offer you a place this time.")
    ),
    Kind.CHANGED: Wording(
        _("Your registration was changed"),
        _("We have changed your registration as you asked."),
        calendar=True,
    ),
    Kind.WITHDRAWN: Wording(_("You have withdrawn"), _("Your registration has been withdrawn.")),
    Kind.DATE_CHANGED: Wording(
        _("Please note a change"), _("Something about the date has changed."), calendar=True
    ),
    Kind.DATE_CANCELLED: Wording(
        _("Please note: it will not take place"),
        _("The date you registered for is cancelled."),
        calendar=True,
    ),
    Kind.DATE_REINSTATED: Wording(
        _("Please note: it will take place"),
        _("The date you registered for takes place after all."),
        calendar=True,
    ),
    Kind.REMINDER: Wording(
        _("A reminder"), _("This is a reminder of the date you registered for.")
    ),
    Kind.LINK: Wording(
        _("The link to your registration"),
        _("Here is what we keep about you, as you asked, and where to see and change it."),
    ),
}
# Those that acknowledge a form: they list what else the address has for the date.
BOOKING_KINDS = (Kind.RECEIVED, Kind.CONFIRMED, Kind.WAITING)
ORGANISER_SUBJECTS = {
    Kind.ORGANISER_RECEIVED: ("New registration", "A new registration has arrived."),
    Kind.ORGANISER_CHANGED: ("Changed registration", "A registration was changed."),
    Kind.ORGANISER_WITHDRAWN: ("Withdrawn registration", "A registration was withdrawn."),
}


def compose(email: OutboundEmail) -> EmailMultiAlternatives:
    """Return the message for ``email``, in plain text and simple HTML.

    The organiser's holds only the answers marked for it. No message holds a sensitive answer.
    """
    if email.kind in OutboundEmail.ORGANISER_KINDS:
        message = compose_for_organiser(email.registration, email.kind)
    else:
        with translation.override(language_of(email.registration)):
            message = compose_for_person(email.registration, email.kind)
    message.to = [email.recipient]
    message.from_email = settings.DEFAULT_FROM_EMAIL
    message.extra_headers |= {
        "Message-ID": email.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    return message


def language_of(registration: Registration) -> str:
    """Return the language of the form that the person sent, else the site's own."""
    page = registration.page
    return page.locale.language_code if page else settings.LANGUAGE_CODE


def compose_for_organiser(registration: Registration, kind: str) -> EmailMultiAlternatives:
    subject, opening = ORGANISER_SUBJECTS[kind]
    context = {
        "opening": opening,
        "registration": registration,
        "occurrence": registration.occurrence,
        "answers": answers_for_organiser(registration),
        "cms_url": cms_address(registration),
    }
    return rendered(
        "organiser",
        f"{subject} {registration.reference}",
        context,
        reply_to=registration.email,
    )


def compose_for_person(registration: Registration, kind: str) -> EmailMultiAlternatives:
    """Return what the person is told. A discreet one names no event and carries no file.

    What editors write may name the event too, so that a discreet one has only our own words.
    """
    wording = WORDINGS[kind]
    page, occurrence = registration.page, as_booked(registration)
    is_discreet = registration.discreet
    site = site_of(page)
    context = {
        "opening": wording.opening if is_discreet else opening_of(registration, kind),
        "registration": registration,
        "occurrence": occurrence,
        "page": page,
        "is_discreet": is_discreet,
        "joining_link": joining_link(registration),
        "link": own_address(registration, site),
        "concern_routes": PreventSettings.for_site(site) if site else None,
        "deletion_has_moved": kind == Kind.DATE_CHANGED and has_moved(occurrence),
    }
    if page and not is_discreet:
        context |= {
            "confirmation_text": plain_text(page.confirmation_text),
            "privacy_text": plain_text(page.privacy_text),
        }
    if kind == Kind.LINK:
        context["others"] = [
            (other.occurrence.when, own_address(other, site))
            for other in Registration.objects.of_address(registration.email, at=timezone.now())
            .exclude(pk=registration.pk)
            .select_related("occurrence")
        ]
    elif kind in BOOKING_KINDS:
        context["same_date"] = [
            (other, own_address(other, site))
            for other in Registration.objects.active_with_address(
                registration.email, occurrence
            ).exclude(pk=registration.pk)
        ]
    message = rendered(
        "person",
        f"{wording.subject} ({registration.reference})",
        context,
        reply_to=page.recipient if page and not is_discreet else "",
    )
    if wording.calendar and registration.holds_places and not is_discreet:
        content = calendar_file(occurrence)
        message.attach("date.ics", content, "text/calendar; method=PUBLISH")
    return message


def as_booked(registration: Registration) -> Occurrence:
    """Return the date of ``registration``, in the language of the form that it was booked with."""
    page, occurrence = registration.page, registration.occurrence
    event = occurrence.event
    if page and event and page.locale_id != event.locale_id and page.event:
        occurrence.show_as(page.event)
        # The stored entry is in the event's first language.
        occurrence.vevent = b""
    return occurrence


def has_moved(occurrence: Occurrence) -> bool:
    """Whether the last thing that happened to ``occurrence`` was that it got another time."""
    last = occurrence.changes.order_by("sequence", "id").last()
    return last is not None and last.action == OccurrenceChange.Action.RESCHEDULED


def rendered(name: str, subject: str, context: dict, *, reply_to: str) -> EmailMultiAlternatives:
    template = f"prevent_registrations/emails/{name}"
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"{template}.txt", context),
        reply_to=[reply_to] if reply_to else [],
    )
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return message


def opening_of(registration: Registration, kind: str) -> str:
    """Return the editor's opening paragraph for ``kind``, or ours."""
    if registration.page:
        own = registration.page.wordings.filter(kind=kind).values_list("opening", flat=True)
        if words := own.first():
            return words
    return WORDINGS[kind].opening


def joining_link(registration: Registration) -> str:
    """Return the online joining link for somebody with a confirmed place, else nothing."""
    occurrence = registration.occurrence
    event = occurrence.event
    is_online = event is not None and occurrence.attendance_mode != "in_person"
    if registration.status != Registration.Status.CONFIRMED or not is_online:
        return ""
    return "" if occurrence.is_cancelled else event.joining_link


def answers_for_organiser(registration: Registration) -> list[dict]:
    """Return the answers whose question is marked for the organiser's e-mail today."""
    if registration.page is None:
        return []
    wanted = set(
        registration.page.form_fields.filter(in_organiser_email=True, sensitive=False).values_list(
            "clean_name", flat=True
        )
    )
    return [answer for answer in registration.answers if answer["name"] in wanted]


def plain_text(rich_text: str) -> str:
    """Return an editor's rich text as plain text: a line for each paragraph and list entry."""
    lines = re.sub(r"</(?:p|h\d|li|ul|ol)>|<br\s*/?>", "\n", rich_text)
    text = html.unescape(strip_tags(lines))
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))


def site_of(page: RegistrationPage | None) -> Site | None:
    """Return the site that ``page`` belongs to, else the default one."""
    site = page.get_site() if page and page.path else None
    return site or Site.objects.filter(is_default_site=True).first()


def cms_address(registration: Registration) -> str:
    """Return the address of ``registration`` in the CMS, for those who may see it there."""
    name = "prevent_registrations_registration_modeladmin_inspect"
    base = getattr(settings, "WAGTAILADMIN_BASE_URL", "")
    return base.rstrip("/") + reverse(name, args=[registration.pk])


def own_address(registration: Registration, site: Site | None = None) -> str:
    """Return the address at which the person sees and changes their registration."""
    site = site or site_of(registration.page)
    path = reverse("prevent_registrations:own", args=[registration.link_token()])
    return (site_address(site) if site else "") + path
