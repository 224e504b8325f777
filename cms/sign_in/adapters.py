"""allauth's adapters for this site: who may sign in, and how secrets are stored."""

from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from events.registrations.encryption import decrypted, encrypted
from events.registrations.models import OutboundEmail
from events.registrations.outbox import enqueue_notice

from . import proof
from .views import address_of, refused

# The changes allauth reports, by the name of the template.
CHANGES = {
    "recovery_codes_generated": "New recovery codes were made for your CMS account",
    "totp_activated": "An authenticator app was added to your CMS account",
    "totp_deactivated": "An authenticator app was removed from your CMS account",
    "webauthn_added": "A passkey was added to your CMS account",
    "webauthn_removed": "A passkey was removed from your CMS account",
}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts of members of staff: nobody can sign up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return refused(request, "This account is closed. Ask a CMS administrator for help.")

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict | None = None, email: str | None = None
    ) -> None:
        """Queue an email to the owner instead of sending it while they wait."""
        change = CHANGES.get(template_prefix.rpartition("/")[2])
        if change and user.email:
            kind, key = OutboundEmail.Kind.ACCOUNT_CHANGED, f"account:{uuid4()}"
            enqueue_notice(kind, to=user.email, key=key, about=change, at=timezone.now())

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """Ask again before second factors change, unless the person has just signed in."""
        user = self.request.user
        return not proof.is_fresh(self.request, user, within=settings.PROOF_LASTS)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Encrypts the secrets of authenticator apps in the same way as sensitive answers."""

    def encrypt(self, text: str) -> str:
        return encrypted(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypted(encrypted_text)

    def get_totp_issuer(self) -> str:
        return settings.MFA_TOTP_ISSUER

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Refuse to delete the last one where one is required; people can add a new one first."""
        if not settings.SECOND_FACTOR_REQUIRED or authenticator.type not in proof.SECOND_FACTORS:
            return True
        others = type(authenticator).objects.filter(
            user=authenticator.user_id, type__in=proof.SECOND_FACTORS
        )
        return others.exclude(pk=authenticator.pk).exists()
