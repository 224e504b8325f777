"""What a session has proved: when its owner last showed who they are, and with which factors."""

import time
from datetime import timedelta
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(user: Any) -> bool:
    """Return whether ``user`` has set up an authenticator app or a passkey."""
    return Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS).exists()


def has_shown_second_factor(request: HttpRequest, user: Any) -> bool:
    """Return whether this session has shown one, to us or to an organisation that asks for it."""
    methods = {record["method"] for record in get_authentication_records(request, user)}
    return "mfa" in methods or (settings.OIDC_HAS_SECOND_FACTOR and "socialaccount" in methods)


def is_trusted_elsewhere(request: HttpRequest, user: Any) -> bool:
    """Return whether the organisation's own second factor stands for ours in this session."""
    return settings.OIDC_HAS_SECOND_FACTOR and any(
        record["method"] == "socialaccount" for record in get_authentication_records(request, user)
    )


def is_over(request: HttpRequest, user: Any) -> bool:
    """Return whether the session is older than sessions may become, or nobody knows how old."""
    records = get_authentication_records(request, user)
    return not records or time.time() - records[0]["at"] > settings.SESSION_LASTS.total_seconds()


def is_fresh(request: HttpRequest, user: Any, *, within: timedelta) -> bool:
    """Return whether the owner has shown ``within`` that time who they are."""
    records = get_authentication_records(request, user)
    return bool(records) and time.time() - records[-1]["at"] < within.total_seconds()


@receiver(authenticator_added)
def note_new_factor(*, request: HttpRequest, user: Any, authenticator: Authenticator, **kwargs):
    """Count setting one up as showing it: its code or its signature was checked just then."""
    if authenticator.type in SECOND_FACTORS:
        record_authentication(
            request,
            user,
            "mfa",
            id=authenticator.pk,
            type=authenticator.type,
            reauthenticated=True,
        )
