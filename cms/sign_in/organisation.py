"""Signing in with the organisation's accounts by OpenID Connect: who may, and their groups."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth.models import Group
from django.http import HttpRequest

from .views import refused


class OrganisationAdapter(DefaultSocialAccountAdapter):
    """Sign-in with the organisation's own accounts, by OpenID Connect."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse anyone in no group of ``OIDC_GROUPS``; update the groups of everyone else.

        Of the organisation's data only name and address are stored.
        """
        wanted = groups_of(sociallogin.account.extra_data)
        sociallogin.account.extra_data = {}
        if not wanted:
            if sociallogin.is_existing:
                give_groups(sociallogin.user, set())
            raise ImmediateHttpResponse(
                refused(
                    request,
                    "Your account does not have access to this CMS. Ask the people who manage "
                    "accounts in your organisation.",
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
    """Return the CMS groups that the organisation's ``claims`` give."""
    given: set[str] = set()
    for part in (claims, claims.get("userinfo"), claims.get("id_token")):
        value = part.get(settings.OIDC_GROUPS_CLAIM, []) if isinstance(part, dict) else []
        given.update([value] if isinstance(value, str) else map(str, value))
    return {group for value, group in settings.OIDC_GROUPS.items() if value in given}


def give_groups(user: Any, names: set[str]) -> None:
    """Put ``user`` into the groups ``names``, and out of other groups the organisation gives."""
    given_by_organisation = set(settings.OIDC_GROUPS.values())
    user.groups.remove(*Group.objects.filter(name__in=given_by_organisation - names))
    user.groups.add(*Group.objects.filter(name__in=names))
