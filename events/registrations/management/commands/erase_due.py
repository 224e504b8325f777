"""Say what is due for erasure, and erase it if told to."""

from django.core.management.base import BaseCommand
from django.db.models import Count, Min
from django.utils import timezone

from ... import retention
from ...complaints import actions as complaints
from ...models import Complaint, Registration

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
        closed = Complaint.objects.due_for_erasure(at=at).count()
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
        self.stdout.write(f"{total} registrations due for erasure")
        self.stdout.write(f"{sensitive} registrations whose sensitive answers are due")
        self.stdout.write(f"{held} registrations overdue and held")
        self.stdout.write(f"{closed} complaints due for erasure")
        if not apply:
            self.stdout.write("Nothing was erased. Add --apply to erase what is due.")
            return
        self.erase(at, expected=total + sensitive)

    def erase(self, at, *, expected: int) -> None:
        done = 0
        for done in retention.erase_due(at=at):
            if done % REPORT_EVERY == 0:
                self.stdout.write(f"{done} of {expected} erased")
                self.stdout.flush()
        told = sum(1 for _ in complaints.erase_due(at=at))
        self.stdout.write(f"{done} registrations and {told} complaints erased")
