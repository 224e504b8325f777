"""List what is due for erasure, and erase it with --apply."""

from collections import Counter

from django.core.management.base import BaseCommand
from django.db.models import Count, Min
from django.utils import timezone

from ... import cases, retention
from ...models import Complaint, Registration, SubjectRequest
from ...retention import erased_in_words, number_of

REPORT_EVERY = 100


class Command(BaseCommand):
    help = "Report the registrations and complaints that are due for erasure."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--apply", action="store_true", help="erase them")

    def handle(self, *, apply: bool, **options) -> None:
        at = timezone.now()
        due = Registration.objects.due_for_erasure(at=at)
        sensitive = Registration.objects.due_for_sensitive_erasure(at=at).count()
        held = Registration.objects.overdue_for_erasure(at=at).held(at=at).count()
        closed = sum(
            model.objects.due_for_erasure(at=at).count() for model in (Complaint, SubjectRequest)
        )
        by_date = (
            due.values("occurrence__title", "occurrence__starts_at")
            .annotate(number=Count("pk"), since=Min("erase_at"))
            .order_by("occurrence__starts_at")
        )
        total = 0
        for row in by_date:
            total += row["number"]
            day = timezone.localtime(row["occurrence__starts_at"])
            since = timezone.localtime(row["since"])
            self.stdout.write(
                f"{row['number']} due since {since:%-d %B %Y}: "
                f"{row['occurrence__title']}, {day:%-d %B %Y}"
            )
        self.stdout.write(f"{number_of(total, 'registration')} due for erasure")
        self.stdout.write(f"{number_of(sensitive, 'registration')} with sensitive answers due")
        self.stdout.write(f"{number_of(held, 'registration')} overdue and on hold")
        due_cases = number_of(closed, "complaint or request", "complaints and requests")
        self.stdout.write(f"{due_cases} due for erasure")
        if not apply:
            self.stdout.write("Nothing was erased. Add --apply to erase what is due.")
            return
        self.erase(at, expected=total + sensitive)

    def erase(self, at, *, expected: int) -> None:
        erased: Counter = Counter()
        for number, so_far in enumerate(retention.erase_due(at=at), start=1):
            erased = so_far
            if number % REPORT_EVERY == 0:
                self.stdout.write(f"{number} of {expected} erased")
                self.stdout.flush()
        closed = max(cases.erase_due(at=at), default=0)
        done = erased_in_words(erased["registrations"], erased["sensitive answers"], closed)
        self.stdout.write(done)
