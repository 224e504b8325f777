"""Jobs due by the clock. Each can run at any time, even twice at once."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import translation
from wagtail.permissions import page_permission_policy

from events.english_dates import LONDON
from events.models import EventPage, Occurrence
from events.sync import dates_after_expiry, keep_up
from prevent_content.models import overdue_by_inbox
from prevent_content.publishing import publish_due

from . import cases, clock, held_places, limits, outbox, places, retention, webhooks
from .availability import form_of
from .models import (
    AddressChange,
    EventFeedback,
    FormAnswers,
    Heartbeat,
    OutboundEmail,
    PageFeedback,
    PlaceCount,
    Registration,
)
from .models.page import GOING_AHEAD
from .models.registration import COMING

logger = logging.getLogger(__name__)

CLOCK_MOVED = "waits: the clock moved on by days, and may be wrong"
REMIND_BEFORE = timedelta(days=2)
NEEDS_FROM_HOUR = 9
WARN_OF_EXPIRY_BEFORE = timedelta(days=7)
FEEDBACK_AFTER, FEEDBACK_UNTIL = timedelta(hours=14), timedelta(days=7)


def extend_occurrences(*, at: datetime) -> str:
    """Make the dates of every published event 24 months ahead."""
    made = sum(len(plan.created) for plan in keep_up(at=at))
    return f"{made} dates made"


def enqueue_reminders(*, at: datetime) -> str:
    """Queue a reminder for each confirmed person whose date begins within two days, once a day.

    After a move to a later day, of the date or by the person, there is another reminder.
    """
    dates = Occurrence.objects.filter(
        starts_at__gt=at, starts_at__lte=at + REMIND_BEFORE, status__in=GOING_AHEAD
    ).order_by("pk")
    count = sum(enqueue_reminders_for(date, at=at) for date in dates)
    return f"{count} reminders queued"


def enqueue_reminders_for(occurrence: Occurrence, *, at: datetime) -> int:
    kind = OutboundEmail.Kind.REMINDER
    day = occurrence.starts_on
    # A reminder for this day was queued two days before it at the earliest.
    earliest = datetime.combine(day, time.min, LONDON) - REMIND_BEFORE
    reminded = OutboundEmail.objects.filter(kind=kind, created_at__gte=earliest)
    due = (
        Registration.objects.not_erased()
        .filter(occurrence=occurrence, status=Registration.Status.CONFIRMED)
        .exclude(pk__in=reminded.values("registration"))
        .select_related("page", "occurrence")
        .order_by("pk")
    )
    count = 0
    for registration in list(due):
        try:
            with transaction.atomic():
                outbox.enqueue_emails(registration, [(kind, day.toordinal())], at=at)
        except IntegrityError:
            # Another host was quicker.
            continue
        count += 1
    return count


def enqueue_feedback_requests(*, at: datetime) -> str:
    """Queue one email the day after to each person who came to an event that asks for feedback.

    Attendance may be marked late, so people marked within a week are asked as well.
    """
    kind = OutboundEmail.Kind.FEEDBACK
    came = (
        Registration.objects.not_erased()
        .filter(
            status=Registration.Status.ATTENDED,
            page__ask_feedback=True,
            occurrence__ends_at__lte=at - FEEDBACK_AFTER,
            occurrence__ends_at__gt=at - FEEDBACK_UNTIL,
        )
        .exclude(email="")
        .exclude(Exists(OutboundEmail.objects.filter(registration=OuterRef("pk"), kind=kind)))
        .select_related("page__locale")
        .order_by("pk")
    )
    count = 0
    for registration in came:
        page = registration.page
        language = page.locale.language_code if page else settings.LANGUAGE_CODE
        with transaction.atomic(), translation.override(language):
            count += (
                outbox.enqueue_notice(
                    kind,
                    to=registration.email,
                    key=f"feedback:{registration.pk}",
                    registration=registration,
                    at=at,
                )
                is not None
            )
    return f"{retention.number_of(count, 'request')} for feedback queued"


def enqueue_needs(*, at: datetime) -> str:
    """Queue the numbers and needs of each of tomorrow's dates for its organisers, from 9am."""
    now = at.astimezone(LONDON)
    if now.hour < NEEDS_FROM_HOUR:
        return "0 emails about needs queued"
    first = datetime.combine(now.date() + timedelta(days=1), time.min, LONDON)
    next_day = datetime.combine(now.date() + timedelta(days=2), time.min, LONDON)
    kind = OutboundEmail.Kind.ORGANISER_NEEDS
    dates = Occurrence.objects.filter(
        Exists(Registration.objects.filter(occurrence=OuterRef("pk"), status__in=COMING)),
        starts_at__gte=first,
        starts_at__lt=next_day,
        status__in=GOING_AHEAD,
    ).select_related("event")
    count = 0
    for occurrence in dates.order_by("pk"):
        page = form_of(occurrence.event) if occurrence.event else None
        for number, inbox in enumerate(page.mail_route(occurrence.date) if page else []):
            key = f"needs:{occurrence.pk}:{occurrence.starts_on}:{number}"
            with transaction.atomic():
                row = outbox.enqueue_notice(kind, to=inbox, key=key, occurrence=occurrence, at=at)
            count += row is not None
    return f"{retention.number_of(count, 'email')} about needs queued"


def lapse_held_places(*, at: datetime) -> str:
    """Free held places whose email address was not confirmed in time."""
    freed = held_places.lapse_all(at=at)
    return f"{retention.number_of(freed, 'booking')} not confirmed in time"


def fill_places(*, at: datetime) -> str:
    """Give free places to the waiting list, whatever freed them."""
    waited_for = PlaceCount.objects.filter(
        Q(capacity=None) | Q(capacity__gt=F("taken")),
        occurrence__starts_at__gt=at,
        occurrence__status__in=GOING_AHEAD,
        pk__in=Registration.objects.queue().order_by().values("occurrence"),
    )
    filled = sum(len(places.promote_all(count.pk, at=at)) for count in waited_for.order_by("pk"))
    return f"{filled} places given to people who waited"


def reconcile_places(*, at: datetime) -> str:
    """Report dates whose count disagrees with their registrations and settings."""
    drifts = places.find_drift()
    for drift in drifts:
        logger.error(
            "places of date %s: %s taken and %s held, %s counted with and %s set",
            drift.occurrence_pk,
            drift.counted,
            drift.held,
            drift.capacity,
            drift.wanted_capacity,
        )
    return f"{len(drifts)} dates with a wrong count of places"


def delete_old_rate_counts(*, at: datetime) -> str:
    """Delete the old counts of forms by source."""
    return f"{limits.forget_old(at=at)} old counts deleted"


def delete_old_form_answers(*, at: datetime) -> str:
    """Delete answers of unsent forms, and addresses never confirmed."""
    AddressChange.objects.filter(asked_at__lte=at - AddressChange.LASTS).delete()
    deleted, _ = FormAnswers.objects.filter(expires_at__lte=at).delete()
    return f"{deleted} unsent forms deleted"


def erase_due(*, at: datetime) -> str:
    """Erase the registrations, complaints and requests that are due."""
    *_, erased = [Counter(), *retention.erase_due(at=at)]
    closed = max(cases.erase_due(at=at), default=0)
    return retention.erased_in_words(erased["registrations"], erased["sensitive answers"], closed)


def delete_old_webhooks(*, at: datetime) -> str:
    """Delete webhook log entries older than a month."""
    return f"{webhooks.forget_old(at=at)} old webhooks deleted"


def delete_old_feedback(*, at: datetime) -> str:
    """Delete feedback on pages and events after a year."""
    deleted = sum(model.objects.old(at=at).delete()[0] for model in (PageFeedback, EventFeedback))
    return f"{retention.number_of(deleted, 'old answer')} about pages and events deleted"


def enqueue_page_reminders(*, at: datetime) -> str:
    """Queue one reminder a week for each owner of overdue pages, about all of them."""
    year, week, _ = at.astimezone(LONDON).isocalendar()
    overdue = overdue_by_inbox(on=at.astimezone(LONDON).date())
    count = 0
    for inbox in overdue:
        mark = sha256(inbox.lower().encode()).hexdigest()[:16]
        with transaction.atomic():
            key = f"review:{year}-{week}:{mark}"
            is_new = outbox.enqueue_notice(OutboundEmail.Kind.REVIEW_DUE, to=inbox, key=key, at=at)
        count += is_new is not None
    return f"{count} page reminders queued"


def enqueue_expiry_warnings(*, at: datetime) -> str:
    """Queue an email, a week before an event with bookings expires, for those who can change that.

    They are whoever may publish the page, and its owner.
    """
    expiring = EventPage.objects.live().filter(
        expire_at__gt=at, expire_at__lte=at + WARN_OF_EXPIRY_BEFORE
    )
    count = 0
    for event in expiring.select_related("owner").order_by("pk"):
        if not dates_after_expiry(event):
            continue
        people = set(page_permission_policy.users_with_permission_for_instance("publish", event))
        people |= {event.owner} if event.owner else set()
        for person in sorted(people, key=lambda person: person.pk):
            if person.is_active and person.email:
                count += (
                    outbox.enqueue_notice(
                        OutboundEmail.Kind.EXPIRY,
                        to=person.email,
                        key=f"expiry:{event.pk}:{event.expire_at.timestamp():.0f}:{person.pk}",
                        facts={"page": event.pk, "expire_at": event.expire_at.isoformat()},
                        at=at,
                    )
                    is not None
                )
    return f"{retention.number_of(count, 'warning')} of events that expire queued"


JOBS: list[Callable[..., str]] = [
    publish_due,
    extend_occurrences,
    enqueue_reminders,
    enqueue_feedback_requests,
    enqueue_needs,
    lapse_held_places,
    fill_places,
    reconcile_places,
    delete_old_rate_counts,
    delete_old_form_answers,
    delete_old_webhooks,
    delete_old_feedback,
    enqueue_page_reminders,
    enqueue_expiry_warnings,
    erase_due,
]
# Happens at a time an editor chose or a person was promised, to within a minute.
TIMELY = [publish_due, enqueue_reminders, enqueue_needs, lapse_held_places, fill_places]
# Cannot be undone, so it waits while the clock may be wrong.
FORGETTING = {delete_old_form_answers, delete_old_webhooks, delete_old_feedback, erase_due}


def beat_of(job: Callable[..., str]) -> str:
    """Return the name of the heartbeat for the last success of ``job``."""
    return f"job {job.__name__}"


def run_due(
    *, now: Callable[[], datetime], timely: bool = False
) -> Iterator[tuple[str, str, bool]]:
    """Run every job, or only the timely ones; yield its name, outcome and success.

    A job that fails stops no other. Its error is logged by class, because a message may quote
    personal data.
    """
    may_forget = timely or clock.may_forget(at=now())
    for job in TIMELY if timely else JOBS:
        try:
            at = now()
            outcome = job(at=at) if may_forget or job not in FORGETTING else CLOCK_MOVED
            Heartbeat.beat(beat_of(job), at=at)
            yield job.__name__, outcome, True
        except Exception as error:  # noqa: BLE001 - see above
            logger.error("the job %s failed: %s", job.__name__, type(error).__name__)
            yield job.__name__, f"failed: {type(error).__name__}", False
