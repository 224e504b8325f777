"""Encrypt every encrypted value again, second factors included. Safe while the site serves."""

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.db import transaction

from events.registrations.encryption import ciphers, configured_keys
from events.registrations.management.commands import rotate_encryption_keys

SECRETS = ("secret", "seed")


class Command(rotate_encryption_keys.Command):
    def rotate_elsewhere(self, *, check: bool) -> tuple[int, list[str]]:
        rotated, current, unreadable = 0, 0, []
        for pk in Authenticator.objects.values_list("pk", flat=True):
            try:
                older, newest = rotate(pk, apply=not check)
            except InvalidToken:
                unreadable.append(
                    f"second factor {pk} (forget_second_factor lets its owner set up again)"
                )
                continue
            rotated, current = rotated + older, current + newest
        what = "to be rotated" if check else "rotated"
        self.stdout.write(f"second factors: {rotated} {what}, {current} with the newest key")
        return rotated, unreadable


@transaction.atomic
def rotate(pk: int, *, apply: bool) -> tuple[int, int]:
    """Encrypt the secrets of one authenticator with the newest key.

    Return how many were encrypted with an older key, and how many with the newest. Raises
    ``InvalidToken`` if no key opens one.
    """
    authenticator = Authenticator.objects.select_for_update().get(pk=pk)
    newest = Fernet(configured_keys()[0])
    older = current = 0
    for name in SECRETS:
        if not (token := authenticator.data.get(name)):
            continue
        if opens(newest, token):
            current += 1
            continue
        authenticator.data[name] = ciphers().rotate(token.encode()).decode()
        older += 1
    if older and apply:
        authenticator.save(update_fields=["data"])
    return older, current


def opens(key: Fernet, token: str) -> bool:
    try:
        key.decrypt(token.encode())
    except InvalidToken:
        return False
    return True
