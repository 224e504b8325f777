"""The signed token of a form: which page it is of, when it was shown, and its one-time key."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

SALT = "prevent_registrations.form"
LONGEST = timedelta(hours=24)
QUICKEST_SECONDS = 2.0


@dataclass
class TokenError(Exception):
    """A token that is not accepted. The answers are kept and the person is asked again.

    ``renew`` tells whether the form that is shown again needs a new token.
    """

    message: str
    renew: bool


def issue(page_pk: int, *, at: datetime, trusted: bool = False) -> str:
    """Return a token for a form of the page ``page_pk``, shown at ``at``.

    ``trusted`` is for a form that is shown again: a person who only presses the button again
    is quick.
    """
    shown_at = at - quickest() if trusted else at
    return signing.dumps([page_pk, secrets.token_urlsafe(18), int(shown_at.timestamp())], salt=SALT)


def quickest() -> timedelta:
    """Return how long a person takes at least to fill in a form."""
    seconds = getattr(settings, "REGISTRATION_QUICKEST_SECONDS", QUICKEST_SECONDS)
    return timedelta(seconds=seconds)


def read(token: str, page_pk: int, *, at: datetime) -> str:
    """Return the one-time key of ``token``.

    Raises ``TokenError`` if the token is forged, of another page, older than a day, of a time that
    has not come yet, or came back faster than a person can answer.
    """
    try:
        token_page, key, shown_at = signing.loads(token, salt=SALT)
        age = timedelta(seconds=at.timestamp() - shown_at)
    except (signing.BadSignature, ValueError, TypeError):
        raise TokenError(_("Check your answers and send the form again"), renew=True) from None
    if token_page != page_pk:
        raise TokenError(_("Check your answers and send the form again"), renew=True)
    if age > LONGEST:
        raise TokenError(
            _("This form was open for more than a day. Check your answers and send it again"),
            renew=True,
        )
    if age < timedelta():
        # Our own clock was ahead when the form was shown, and has been put back.
        raise TokenError(_("Check your answers and send the form again"), renew=True)
    if age < quickest():
        raise TokenError(
            _("That was very quick. Check your answers and send the form again"), renew=False
        )
    return key
