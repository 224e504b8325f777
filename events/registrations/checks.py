"""System checks of how mail is set up, each with the setting's name and an example."""

from importlib.util import find_spec

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from events.inboxes import allowed_domains


@register(Tags.security, deploy=True)
def recipients_are_limited(app_configs, **kwargs) -> list[Warning]:
    if allowed_domains():
        return []
    return [
        Warning(
            "Registrations may be sent to an inbox at any domain.",
            hint='Set ORGANISER_EMAIL_DOMAINS to your own, like ["council.example"], so that a '
            "mistyped or changed address cannot leak them.",
            id="prevent_registrations.W001",
        )
    ]


@register(deploy=True)
def somebody_is_alarmed(app_configs, **kwargs) -> list[Warning]:
    if getattr(settings, "TECHNICAL_EMAIL", ""):
        return []
    return [
        Warning(
            "Nobody is told by e-mail when mail is late.",
            hint='Set TECHNICAL_EMAIL to an address that is read, like "web@council.example".',
            id="prevent_registrations.W002",
        )
    ]


@register()
def mail_settings_make_sense(app_configs, **kwargs) -> list[Error]:
    errors = []
    backend = getattr(settings, "OUTBOX_TASKS_BACKEND", "")
    if backend and backend not in getattr(settings, "TASKS", {}):
        errors.append(
            Error(
                f"OUTBOX_TASKS_BACKEND names “{backend}”, which TASKS does not have.",
                hint=f'Add "{backend}" to TASKS, or leave OUTBOX_TASKS_BACKEND empty: the worker '
                "then needs no task engine.",
                id="prevent_registrations.E001",
            )
        )
    elif backend and find_spec(settings.TASKS[backend]["BACKEND"].partition(".")[0]) is None:
        errors.append(
            Error(
                "TASKS_URL or OUTBOX_TASKS_BACKEND asks for a task engine that is not installed.",
                hint="Run `pip install -r requirements-rq.txt` (as a plugin: install "
                "prevent-roundtables[rq]), or leave the setting empty: the worker needs no engine.",
                id="prevent_registrations.E003",
            )
        )
    if address := getattr(settings, "TECHNICAL_EMAIL", ""):
        try:
            validate_email(address)
        except ValidationError:
            errors.append(
                Error(
                    "TECHNICAL_EMAIL is not an email address.",
                    hint='Enter one, like "web@council.example".',
                    id="prevent_registrations.E002",
                )
            )
    return errors
