"""Print everything held about an email address, or erase it."""

import json
from argparse import ArgumentTypeError

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import validate_email
from django.utils import timezone

from ... import erasure_requests, subject_access
from ...models import AccessRecord, ErasureCertificate
from ...retention import number_of


def email_address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise ArgumentTypeError("enter an email address, like name@example.com") from error
    return text


class Command(BaseCommand):
    help = "Print all that is held about an email address over all events, or erase it."

    def add_arguments(self, parser) -> None:
        parser.add_argument("email", type=email_address)
        parser.add_argument("--erase", action="store_true", help="erase every registration of it")
        parser.add_argument("--format", choices=["json", "html"], default="json")

    def handle(self, *, email: str, erase: bool, **options) -> None:
        at = timezone.now()
        if erase:
            self.erase(email, at=at)
            return
        report = subject_access.collect(email, at=at)
        AccessRecord.objects.create(
            action=AccessRecord.Action.ACCESSED, count=len(report["registrations"]), at=at
        )
        if options["format"] == "html":
            self.stdout.write(subject_access.readable_page(report))
            return
        self.stdout.write(json.dumps(report, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder))

    def erase(self, email: str, *, at) -> None:
        done = erasure_requests.erase_all(
            subject_access.registrations_of(email), reason=ErasureCertificate.Reason.COMMAND, at=at
        )
        self.stdout.write(f"{number_of(done.erased, 'registration')} erased")
        if done.erased:
            self.stdout.write(f"certificate {done.certificate.number}")
        for reference, until in done.held.items():
            self.stdout.write(f"{reference} is held until {until:%-d %B %Y} and was not erased")
        if kept := len(subject_access.complaints_of(email)):
            self.stdout.write(f"{number_of(kept, 'complaint')} kept until due for erasure")
        if done.held:
            raise CommandError("Not everything could be erased")
