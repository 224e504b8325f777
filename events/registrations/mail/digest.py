"""The organiser's daily digest: how many registrations came for which date, and no names."""

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from events.english_dates import LONDON
from events.models import Occurrence

from .. import outbox
from ..models import OutboundEmail

Kind = OutboundEmail.Kind


def make_up(*, at: datetime) -> int:
    """Put the mails that wait for a digest into one for each recipient; return how many digests.

    Each mail belongs to one digest, whatever happens: they are made in one transaction.
    """
    waiting = OutboundEmail.objects.filter(
        state=OutboundEmail.State.WAITING, in_digest=True, digest=None, wanted_at__lte=at
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


def lines_of(digest: OutboundEmail) -> list[tuple[Occurrence, dict[str, int]]]:
    """Return, for each date in its order, how many registrations were made, changed, withdrawn."""
    counts: dict[int, Counter] = {}
    rows = (
        digest.parts.exclude(registration=None)
        .filter(registration__erased_at=None, registration__concern_since=None)
        .values_list("registration__occurrence", "kind")
        .annotate(number=Count("pk"))
        .order_by()
    )
    for occurrence, kind, number in rows:
        counts.setdefault(occurrence, Counter())[kind.removeprefix("organiser_")] = number
    dates = Occurrence.objects.filter(pk__in=counts).order_by("starts_at", "pk")
    return [(date, dict(counts[date.pk])) for date in dates]
