"""The daily summary for organisers who asked for one email a day: counts, and no names."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import translation

from events.english_dates import LONDON
from events.models import Occurrence, OccurrenceChange

from .. import outbox
from ..mail.retry_policy import NothingToSay
from ..models import OutboundEmail
from .kinds import EmailKind, register_email_kinds, render_email
from .links import LIST, cms_address
from .organiser import places_of, site_of_date

Kind = OutboundEmail.Kind


@dataclass(frozen=True)
class DigestEmail(EmailKind):
    """What the emails it replaces would have said, by date."""

    def compose(self, email: OutboundEmail, *, at: datetime) -> EmailMultiAlternatives:
        dates = dates_of_digest(email)
        if not dates:
            raise NothingToSay
        with translation.override(settings.LANGUAGE_CODE):
            context = {"dates": dates, "cms_url": cms_address(LIST)}
            site = site_of_date(dates[0]["occurrence"])
            return render_email(self.name, self.subject, context, site=site)


def dates_of_digest(digest: OutboundEmail) -> list[dict]:
    """Return what happened to each date and its bookings, in date order."""
    counts: dict[int, Counter] = {}
    changes: dict[int, list[str]] = {}
    labels = dict(OccurrenceChange.Action.choices)
    rows = (
        digest.parts.exclude(registration=None, occurrence=None)
        .exclude(registration__erased_at__isnull=False)
        .exclude(registration__concern_since__isnull=False)
        .annotate(date=Coalesce("occurrence", F("registration__occurrence")))
        .values_list("date", "kind", "facts")
        .order_by("pk")
    )
    for date, kind, facts in rows:
        counts.setdefault(date, Counter())
        if kind == Kind.ORGANISER_DATE:
            changes.setdefault(date, []).append(str(labels.get(facts["action"], "")))
        else:
            counts[date][facts.get("status") or kind.removeprefix("organiser_")] += 1
    dates = Occurrence.objects.filter(pk__in=counts).select_related("event__venue", "venue")
    return [
        {
            "occurrence": date,
            "counts": dict(counts[date.pk]),
            "changes": changes.get(date.pk, []),
            "places": places_of(date),
        }
        for date in dates.order_by("starts_at", "pk")
    ]


def make_digests(*, at: datetime) -> int:
    """Combine the emails waiting for a digest into one per recipient; return how many digests.

    Each email belongs to exactly one digest: they are made in one transaction.
    """
    waiting = OutboundEmail.objects.filter(
        state=OutboundEmail.State.WAITING,
        in_digest=True,
        digest=None,
        wanted_at__lte=at,
        held=False,
    ).order_by()
    recipients = list(waiting.values_list("recipient", flat=True).distinct())
    made = 0
    for recipient in recipients:
        with transaction.atomic():
            parts = list(
                waiting.filter(recipient=recipient).select_for_update().values_list("pk", flat=True)
            )
            if not parts:
                continue
            day = at.astimezone(LONDON).date()
            digest = outbox.enqueue_notice(
                Kind.ORGANISER_DIGEST, to=recipient, key=f"digest:{day}:{min(parts)}", at=at
            )
            if digest is not None:
                OutboundEmail.objects.filter(pk__in=parts).update(digest=digest)
                made += 1
    return made


register_email_kinds(DigestEmail(Kind.ORGANISER_DIGEST, "Bookings since the last summary"))
