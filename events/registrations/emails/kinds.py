"""The kinds of email: what composing each needs, and their registry.

A new kind is one class or instance, registered under its name, and one template of that name in
``prevent_registrations/emails/``. Only the HTML is written by hand; the plain text is made from it.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from wagtail.models import Site

from prevent_content.links import council_name

from ..models import OutboundEmail
from .plain_text import plain_text

TEMPLATES = "prevent_registrations/emails"


@dataclass(frozen=True)
class EmailKind:
    """One kind of email: its subject, and a template of the same name for the text.

    Subjects are deliberately neutral: people read them over shoulders and on lock screens.
    """

    name: str
    subject: str | Promise

    def compose(self, email: OutboundEmail, *, at: datetime) -> EmailMultiAlternatives:
        """Return the message for ``email`` from the facts at ``at``.

        Raises ``MailFault`` if there is nothing true left to say.
        """
        raise NotImplementedError


_kinds: dict[str, EmailKind] = {}


def register_email_kinds(*kinds: EmailKind) -> None:
    """Register classes for kinds of email. Call it from an app's ``ready`` method."""
    for kind in kinds:
        if kind.name in _kinds:
            raise ValueError(f"There is an email kind called {kind.name} already: choose another")
        _kinds[kind.name] = kind


def kind_of(name: str) -> EmailKind:
    return _kinds[name]


def compose(email: OutboundEmail, *, at: datetime | None = None) -> EmailMultiAlternatives:
    """Return the message for ``email``, with the recipient and Message-ID of its row."""
    message = kind_of(email.kind).compose(email, at=at or timezone.now())
    message.to = [email.recipient]
    message.extra_headers |= {
        "Message-ID": email.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    return message


def render_email(
    template: str, subject: str | Promise, context: dict, *, site: Site | None, reply_to: str = ""
) -> EmailMultiAlternatives:
    """Return a message in the common layout, sent in the council's name."""
    council = council_name(site)
    html = render_to_string(
        f"{TEMPLATES}/{template}.html",
        {"heading": subject, "council": council, "reply_to": reply_to, **context},
    )
    reference = context.get("reference", "")
    message = EmailMultiAlternatives(
        subject=f"{subject} ({reference})" if reference else str(subject),
        body=plain_text(html),
        from_email=formataddr((council, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        reply_to=[reply_to] if reply_to else [],
    )
    message.attach_alternative(html, "text/html")
    return message
