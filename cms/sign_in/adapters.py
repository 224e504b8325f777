"""What allauth asks this site: who may come in, how secrets are kept, which groups they get."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse

from events.registrations.encryption import decrypted, encrypted

from . import proof
from .views import address_of, refused


class AccountAdapter(DefaultAccountAdapter):
    """Members of staff: nobody makes an account for themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return refused(request, "This account is closed. Ask an administrator of the CMS.")

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """Ask again before second factors change, but not of who has signed in just now."""
        user = self.request.user
        return not proof.is_fresh(self.request, user, within=settings.PROOF_LASTS)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps are encrypted like sensitive answers."""

    def encrypt(self, text: str) -> str:
        return encrypted(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypted(encrypted_text)

    def get_totp_issuer(self) -> str:
        return settings.MFA_TOTP_ISSUER

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Keep the last one where one is required; a new one can be added first."""
        if not settings.SECOND_FACTOR_REQUIRED or authenticator.type not in proof.SECOND_FACTORS:
            return True
        others = type(authenticator).objects.filter(
            user=authenticator.user_id, type__in=proof.SECOND_FACTORS
        )
        return others.exclude(pk=authenticator.pk).exists()


class OrganisationAdapter(DefaultSocialAccountAdapter):
    """Sign-in with the organisation's own accounts, by OpenID Connect."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Turn away who is in no group of ``OIDC_GROUPS``; bring the others' groups up to date.

        Nothing of what the organisation tells of them is kept but their name and address.
        """
        wanted = groups_of(sociallogin.account.extra_data)
        sociallogin.account.extra_data = {}
        if not wanted:
            if sociallogin.is_existing:
                give_groups(sociallogin.user, set())
            raise ImmediateHttpResponse(
                refused(
                    request,
                    "Your account is in none of the groups that may use this CMS. Ask whoever "
                    "looks after accounts in your organisation.",
                )
            )
        sociallogin.wanted_groups = wanted
        if sociallogin.is_existing:
            give_groups(sociallogin.user, wanted)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        user = super().save_user(request, sociallogin, form)
        give_groups(user, sociallogin.wanted_groups)
        return user

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs) -> None:
        raise ImmediateHttpResponse(
            refused(request, "Signing in did not work. Try again, or ask an administrator.")
        )


def groups_of(claims: dict) -> set[str]:
    """Return the groups of the CMS that the organisation's ``claims`` give."""
    given: set[str] = set()
    for part in (claims, claims.get("userinfo"), claims.get("id_token")):
        said = part.get(settings.OIDC_GROUPS_CLAIM, []) if isinstance(part, dict) else []
        given.update([said] if isinstance(said, str) else map(str, said))
    return {group for value, group in settings.OIDC_GROUPS.items() if value in given}


def give_groups(user: Any, names: set[str]) -> None:
    """Put ``user`` into the groups ``names``, and out of all others that the organisation gives."""
    given_by_organisation = set(settings.OIDC_GROUPS.values())
    user.groups.remove(*Group.objects.filter(name__in=given_by_organisation - names))
    user.groups.add(*Group.objects.filter(name__in=names))
