"""Reactions of this app to events elsewhere."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone
from wagtail.signals import init_new_page, page_published

from events.english_dates import LONDON
from events.models import AttendanceMode, EventPage, Occurrence, OccurrenceChange, Organiser
from events.signals import (
    event_begun,
    occurrence_changed,
    people_expected,
    registration_forms_wanted,
    wording_wanted,
)
from prevent_content.concern_route_changes import concern_routes_changed
from prevent_content.links import restricted_pages

from . import outbox, places
from .emails.booking import wording_of_kind
from .emails.facts import facts_of_date
from .mail.routes import record_route_changes
from .models import (
    OutboundEmail,
    PlaceCount,
    Registration,
    RegistrationMailSettings,
    RegistrationPage,
)
from .models.page import GOING_AHEAD
from .models.questions import default_form_fields
from .models.registration import ACTIVE, TO_CONFIRM
from .models.retention import days_after
from .permissions import VIEW

User = get_user_model()
# Moderators may change the routes; safeguarding leads read what people write.
ROUTES_WATCHED_BY = ("prevent_content.change_preventsettings", VIEW)
Action = OccurrenceChange.Action
Kind = OutboundEmail.Kind
GOES_AHEAD_AGAIN = (Action.REINSTATED, Action.RESCHEDULED)
MAIL_FOR = {
    Action.CANCELLED: Kind.DATE_CANCELLED,
    Action.POSTPONED: Kind.DATE_POSTPONED,
    Action.RESCHEDULED: Kind.DATE_CHANGED,
    Action.MOVED_ONLINE: Kind.MOVED_ONLINE,
    Action.VENUE_CHANGED: Kind.VENUE_CHANGED,
    Action.REINSTATED: Kind.DATE_REINSTATED,
}


@receiver(init_new_page)
def begin_with_default_questions(sender, page, parent, **kwargs) -> None:
    if isinstance(page, RegistrationPage):
        page.title = "Book a place"
        page.slug = "register"
        page.form_fields = default_form_fields()


@receiver(event_begun)
def begin_with_form(sender, event, copied_from, by, **kwargs) -> None:
    """Give a new event its form: the copied one without the earlier dates' content, or a new one.

    An event from a pattern gets the usual questions, and the wording of the newest form.
    """
    pages = [page.specific for page in event.get_children()]
    forms = [page for page in pages if isinstance(page, RegistrationPage)]
    if copied_from is None:
        form = RegistrationPage(live=False, owner=by)
        begin_with_default_questions(RegistrationPage, form, event)
        if newest := RegistrationPage.objects.live().order_by("-first_published_at").first():
            for name in ("introduction", "privacy_text", "consent_text", "confirmation_text"):
                setattr(form, name, getattr(newest, name))
        event.add_child(instance=form)
        forms = [form]
    for form in forms:
        form.opens_at = form.closes_at = form.go_live_at = form.expire_at = None
        form.date_inboxes = []
        form.save()
        form.save_revision(user=by, clean=False)


@receiver(registration_forms_wanted)
def name_forms(sender, events: list[int], **kwargs) -> dict[int, int]:
    """Return the published page with each event's form."""
    pages = RegistrationPage.objects.live().exclude(restricted_pages())
    paths = dict(EventPage.objects.filter(pk__in=events).values_list("path", "pk"))
    below = Q(pk__in=[])
    for path in paths:
        below |= Q(path__startswith=path, depth=len(path) // RegistrationPage.steplen + 1)
    found = pages.filter(below).values_list("path", "pk")
    return {paths[path[: -RegistrationPage.steplen]]: pk for path, pk in found}


@receiver(people_expected)
def count_people(sender, occurrences: list[int], **kwargs) -> dict[int, int]:
    """Return how many people, including guests, are expected on each of the dates."""
    return dict(
        Registration.objects.filter(occurrence__in=occurrences, status__in=ACTIVE)
        .values_list("occurrence")
        .annotate(people=Sum(F("guests") + 1))
        .order_by()
    )


@receiver(occurrence_changed)
def email_people(
    sender, change: OccurrenceChange, was: Occurrence, tell: bool = True, **kwargs
) -> None:
    """Queue an email about the change for everyone registered, unless they are not to be emailed.

    Organisers are always emailed. The deletion date moves with the event.
    """
    occurrence = change.occurrence
    kind = MAIL_FOR[change.action]
    facts = {"was": facts_of_date(was)}
    registrations = list(
        Registration.objects.not_erased()
        .filter(occurrence=occurrence, status__in=(*ACTIVE, *TO_CONFIRM))
        .select_related("page")
        .order_by("pk")
    )
    for registration in registrations:
        if change.action == Action.RESCHEDULED:
            move_erasure(registration, change)
        # An unconfirmed address may be anyone's mailbox.
        if tell and not registration.is_to_confirm:
            outbox.enqueue_emails(
                registration, [(kind, change.sequence)], at=change.at, facts=facts
            )
    told = [row for row in registrations if not row.is_to_confirm]
    people = sum(row.party for row in told) if tell else None
    email_organisers(change, facts, people=people)
    if change.action in GOES_AHEAD_AGAIN and PlaceCount.objects.filter(pk=occurrence.pk).exists():
        places.promote(occurrence.pk, at=change.at)


@receiver(concern_routes_changed)
def email_changed_routes(sender, settings, changes: list, **kwargs) -> None:
    """Email moderators and safeguarding leads the new concern routes."""
    at = timezone.now()
    about = ". ".join(map(str, changes))
    longest = OutboundEmail._meta.get_field("about").max_length
    for person in people_with(*ROUTES_WATCHED_BY):
        outbox.enqueue_notice(
            Kind.CONCERN_ROUTES,
            to=person.email,
            key=f"concern-routes:{settings.pk}:{at.timestamp()}:{person.pk}",
            about=about if len(about) <= longest else f"{about[: longest - 1]}…",
            at=at,
        )


def people_with(*rights: str) -> QuerySet[User]:
    """Return the active people with an email address whose groups have one of ``rights``."""
    wanted = Q(pk__in=[])
    for right in rights:
        app, _, codename = right.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    groups = Group.objects.filter(permissions__in=Permission.objects.filter(wanted))
    return User.objects.filter(is_active=True, groups__in=groups).exclude(email="").distinct()


@receiver(wording_wanted)
def wording_of_change(sender, action: str, **kwargs) -> tuple[str, str]:
    return wording_of_kind(MAIL_FOR[action])


def email_organisers(change: OccurrenceChange, facts: dict, *, people: int | None) -> None:
    """Queue an email about the change for the inboxes that receive the date's bookings.

    ``people`` is how many people are emailed, None if nobody is to be.
    """
    occurrence = change.occurrence
    if occurrence.event is None:
        return
    # A form is unpublished with its event, and before it.
    booked = Registration.objects.filter(occurrence=occurrence).order_by().values("page")
    forms = RegistrationPage.objects.child_of(occurrence.event)
    for page in forms.filter(Q(live=True) | Q(pk__in=booked)):
        pending = outbox.pending_inboxes(page, Kind.ORGANISER_DATE)
        for number, inbox in enumerate(page.mail_route(occurrence.date)):
            outbox.enqueue_notice(
                Kind.ORGANISER_DATE,
                to=inbox,
                key=f"date:{occurrence.pk}:{change.sequence}:{page.pk}:{number}",
                at=change.at,
                occurrence=occurrence,
                facts={
                    **facts,
                    "action": str(change.action),
                    "reason": change.reason,
                    "people": people,
                },
                daily=outbox.wants_digest(page),
                held=inbox.lower() in pending,
            )


@receiver(pre_save, sender=EventPage)
def remember_joining_link(sender, instance: EventPage, raw=False, **kwargs) -> None:
    """Remember the link people were given, until the page is published with another."""
    if not raw and instance.pk and "joining_link_was" not in vars(instance):
        stored = EventPage.objects.filter(pk=instance.pk, live=True)
        instance.joining_link_was = stored.values_list("joining_link", flat=True).first()


@receiver(page_published, sender=EventPage)
def email_joining_link(sender, instance: EventPage, **kwargs) -> None:
    """Queue an email with the new joining link for everyone coming online."""
    was = vars(instance).pop("joining_link_was", None)
    if was is None or not instance.joining_link or was == instance.joining_link:
        return
    at = timezone.now()
    coming = Registration.objects.not_erased().filter(
        occurrence__event=instance,
        occurrence__starts_at__gt=at,
        occurrence__status__in=GOING_AHEAD,
        status=Registration.Status.CONFIRMED,
    )
    sequence = int(at.timestamp() * 1000)
    for registration in coming.select_related("page", "occurrence__event").order_by("pk"):
        if registration.occurrence.attendance_mode != AttendanceMode.IN_PERSON:
            outbox.enqueue_emails(
                registration,
                [(Kind.JOINING_LINK, sequence)],
                at=at,
                facts={"replaces": bool(was)},
            )


def move_erasure(registration: Registration, change: OccurrenceChange) -> None:
    """Move the deletion dates with the event's date: as many days after it as promised."""
    held = change.was_starts_at.astimezone(LONDON)
    for name in ("erase_at", "erase_sensitive_at"):
        promised = getattr(registration, name)
        # No event lasts a day, so whole days after its start are whole days after its end.
        days = (promised.astimezone(LONDON) - held).days if promised else 0
        if days > 0:
            setattr(registration, name, days_after(change.occurrence.ends_at, days))
    registration.save(update_fields=["erase_at", "erase_sensitive_at"])


@receiver(pre_save, sender=RegistrationPage)
def follow_first_form(sender, instance: RegistrationPage, raw=False, **kwargs) -> None:
    """Copy the places and periods of the original form to a translation."""
    if instance.alias_of_id and not instance.is_translation:
        raise PermissionDenied("A form cannot have an alias: it would have its places twice")
    if not raw:
        instance.follow_source()


@receiver(post_save, sender=RegistrationPage)
def lead_other_forms(sender, instance: RegistrationPage, raw=False, **kwargs) -> None:
    if not raw and instance.live:
        instance.lead_translations()


@receiver(page_published, sender=RegistrationPage)
def count_with_new_capacity(sender, instance: RegistrationPage, **kwargs) -> None:
    """Apply the newly published capacity to dates that already have a count."""
    counts = PlaceCount.objects.filter(
        occurrence__event__translation_key=instance.event.translation_key,
        occurrence__capacity=None,
    ).select_related("occurrence")
    for count in counts.order_by("pk"):
        if count.capacity != instance.capacity:
            places.refresh_capacity(count.occurrence, instance)


@receiver(page_published, sender=RegistrationPage)
def look_at_page(sender, instance: RegistrationPage, **kwargs) -> None:
    # Read again: the instance may remember an older event.
    record_route_changes(RegistrationPage.objects.filter(pk=instance.pk), at=timezone.now())


@receiver(page_published, sender=EventPage)
def look_at_event(sender, instance: EventPage, **kwargs) -> None:
    record_route_changes(RegistrationPage.objects.live().child_of(instance), at=timezone.now())


@receiver(post_save, sender=Organiser)
def look_at_organiser(sender, instance: Organiser, created: bool, **kwargs) -> None:
    if created:
        return
    for event in EventPage.objects.filter(organiser=instance):
        record_route_changes(RegistrationPage.objects.live().child_of(event), at=timezone.now())


@receiver(post_save, sender=RegistrationMailSettings)
def look_at_site(sender, instance: RegistrationMailSettings, **kwargs) -> None:
    pages = RegistrationPage.objects.live().descendant_of(instance.site.root_page)
    record_route_changes(pages, at=timezone.now())
