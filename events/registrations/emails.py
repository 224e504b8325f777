"""What each outbound e-mail says. Composed when it is sent, from what is true then."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from wagtail.models import Site

from prevent_content.models import PreventSettings

from .models import OutboundEmail

# Neutral on purpose: a subject is read over shoulders and on lock screens.
SUBJECTS = {
    OutboundEmail.Kind.ORGANISER_RECEIVED: "New registration {reference}",
    OutboundEmail.Kind.RECEIVED: "Your registration {reference}",
}
TO_ORGANISER = {OutboundEmail.Kind.ORGANISER_RECEIVED}


def compose(email: OutboundEmail) -> EmailMultiAlternatives:
    """Return the message for ``email``, in plain text and simple HTML.

    The organiser's holds only the answers marked for it. No message holds a sensitive answer.
    """
    registration = email.registration
    to_organiser = email.kind in TO_ORGANISER
    context = {
        "registration": registration,
        "occurrence": registration.occurrence,
        "page": registration.page,
    }
    if to_organiser:
        context |= {
            "answers": answers_for_organiser(registration),
            "cms_url": cms_address(registration),
        }
        reply_to = [registration.email]
    else:
        context["concern_routes"] = PreventSettings.for_site(Site.objects.filter(
            is_default_site=True
        ).first())
        inbox = registration.page.recipient if registration.page else ""
        reply_to = [inbox] if inbox else []
    template = f"prevent_registrations/emails/{email.kind}"
    message = EmailMultiAlternatives(
        subject=SUBJECTS[email.kind].format(reference=registration.reference),
        body=render_to_string(f"{template}.txt", context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[email.recipient],
        reply_to=reply_to,
        headers={
            "Message-ID": email.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return message


def answers_for_organiser(registration) -> list[dict]:
    """Return the answers whose question is marked for the organiser's e-mail today."""
    if registration.page is None:
        return []
    wanted = set(
        registration.page.form_fields.filter(in_organiser_email=True, sensitive=False).values_list(
            "clean_name", flat=True
        )
    )
    return [answer for answer in registration.answers if answer["name"] in wanted]


def cms_address(registration) -> str:
    """Return the address of ``registration`` in the CMS, for those who may see it there."""
    path = reverse(
        "prevent_registrations_registration_modeladmin_inspect", args=[registration.pk]
    )
    return f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}{path}"
