"""Encrypt what is encrypted anew, second factors included. Safe while the site serves."""

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management.base import CommandError
from django.db import transaction

from events.registrations.encryption import ciphers
from events.registrations.management.commands import rotate_encryption_keys

SECRETS = ("secret", "seed")


class Command(rotate_encryption_keys.Command):
    def handle(self, *, check: bool, **options) -> None:
        rotated, unreadable = 0, 0
        for pk in Authenticator.objects.values_list("pk", flat=True):
            try:
                rotated += rotate(pk, apply=not check)
            except InvalidToken:
                unreadable += 1
        what = "to be rotated" if check else "rotated"
        self.stdout.write(f"second factors: {rotated} {what}")
        super().handle(check=check, **options)
        if unreadable:
            raise CommandError(
                f"No key opens {unreadable} second factors: their owners need new ones "
                "(manage.py forget_second_factor)"
            )


@transaction.atomic
def rotate(pk: int, *, apply: bool) -> bool:
    """Encrypt the secret of one authenticator with the newest key; return whether it has one."""
    authenticator = Authenticator.objects.select_for_update().get(pk=pk)
    kept = [name for name in SECRETS if name in authenticator.data]
    for name in kept:
        token = ciphers().rotate(authenticator.data[name].encode()).decode()
        authenticator.data[name] = token
    if kept and apply:
        authenticator.save(update_fields=["data"])
    return bool(kept)
