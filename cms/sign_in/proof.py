"""What a session has proved: when its owner last showed who they are, and with which factors.

allauth reports each step by a public signal but has no public way to add ours, such as the password
that Wagtail's form has checked. So the session keeps its own records.
"""

import time
from datetime import timedelta
from typing import Any

from allauth.account.signals import authentication_step_completed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
PROOFS = "sign_in_proofs"


def record_proof(request: HttpRequest, user: Any, method: str) -> None:
    """Record that ``user`` has just shown who they are by ``method``, such as "password"."""
    proof = {"user": str(user.pk), "method": method, "at": time.time()}
    request.session[PROOFS] = [*proofs(request, user), proof]


def proofs(request: HttpRequest, user: Any) -> list[dict]:
    """Return the proofs of ``user`` in this session, earliest first."""
    return [proof for proof in request.session.get(PROOFS, []) if proof["user"] == str(user.pk)]


def has_second_factor(user: Any) -> bool:
    """Return whether ``user`` has set up an authenticator app or a passkey."""
    return Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS).exists()


def has_shown_second_factor(request: HttpRequest, user: Any) -> bool:
    """Return whether this session has shown one, to us or to an organisation that requires it."""
    methods = {proof["method"] for proof in proofs(request, user)}
    return "mfa" in methods or is_trusted_elsewhere(request, user)


def is_trusted_elsewhere(request: HttpRequest, user: Any) -> bool:
    """Return whether the organisation's second factor counts as ours in this session."""
    return settings.OIDC_HAS_SECOND_FACTOR and any(
        proof["method"] == "socialaccount" for proof in proofs(request, user)
    )


def is_over(request: HttpRequest, user: Any) -> bool:
    """Return whether the session has reached its time limit, or its start is unknown."""
    shown = proofs(request, user)
    return not shown or time.time() - shown[0]["at"] > settings.SESSION_LASTS.total_seconds()


def is_fresh(request: HttpRequest, user: Any, *, within: timedelta) -> bool:
    """Return whether the owner has shown who they are within the time ``within``."""
    shown = proofs(request, user)
    return bool(shown) and time.time() - shown[-1]["at"] < within.total_seconds()


@receiver(authentication_step_completed)
def record_step(*, request: HttpRequest, user: Any, method: str, **kwargs) -> None:
    record_proof(request, user, method)


@receiver(authenticator_added)
def record_new_factor(
    *, request: HttpRequest, user: Any, authenticator: Authenticator, **kwargs
) -> None:
    """Count setting up a factor as showing it: its code or signature was checked just then."""
    if authenticator.type in SECOND_FACTORS:
        record_proof(request, user, "mfa")
