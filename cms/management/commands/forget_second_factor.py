"""Let someone who has lost phone and recovery codes set up a new second factor."""

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = (
        "Forget the second factors of one member of staff. Be sure who is asking: until they set "
        "up a new one, their password alone is enough to do so."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("username")

    def handle(self, *, username: str, **options) -> None:
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError("There is no account of that name")
        number = Authenticator.objects.filter(user=user).delete()[0]
        self.stdout.write(f"{number} second factors and sets of recovery codes forgotten")
