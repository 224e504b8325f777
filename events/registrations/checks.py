"""System checks of the mail settings, and of what logs and error reports may hold."""

from importlib.util import find_spec
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.module_loading import import_string

from events.inboxes import allowed_domains
from prevent_content.conf import setting

from .error_reports import SafeExceptionReporter, SafeReporterFilter
from .redaction import MASK
from .webhooks import key_of

EXAMPLE = (
    '{"url": "https://front.council.example/hooks", "secret": "whsec_…"}. Make a secret with: '
    'echo "whsec_$(head -c 32 /dev/urandom | base64)"'
)


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
def someone_is_alarmed(app_configs, **kwargs) -> list[Warning]:
    if setting("TECHNICAL_EMAIL"):
        return []
    return [
        Warning(
            "Nobody gets an email when mail is late.",
            hint='Set TECHNICAL_EMAIL to an address that is read, like "web@council.example".',
            id="prevent_registrations.W002",
        )
    ]


@register()
def mail_settings_make_sense(app_configs, **kwargs) -> list[Error]:
    errors = []
    backend = setting("OUTBOX_TASKS_BACKEND")
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
                hint="Run `pip install --require-hashes -r deploy/requirements-rq.lock` (as a "
                "plugin: install prevent-roundtables[rq]), or leave the setting empty: "
                "the worker needs no engine.",
                id="prevent_registrations.E003",
            )
        )
    if address := setting("TECHNICAL_EMAIL"):
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


def path_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


@register(Tags.security, deploy=True)
def logs_are_masked(app_configs, **kwargs) -> list[Warning]:
    config = getattr(settings, "LOGGING", None) or {}
    masks = {
        name
        for name, given in config.get("filters", {}).items()
        if given.get("()") in (MASK["()"], import_string(MASK["()"]))
    }
    handlers = config.get("handlers", {})
    open_handlers = [
        n for n, given in handlers.items() if not masks & set(given.get("filters", []))
    ]
    if handlers and not open_handlers:
        return []
    return [
        Warning(
            "Lines of the log may hold personal data: "
            + (f"the handlers {', '.join(open_handlers)}" if handlers else "LOGGING")
            + " have no filter that masks it.",
            hint=f'Add "filters": {{"mask": {{"()": "{MASK["()"]}"}}}} to LOGGING, and "mask" to '
            'the "filters" of every handler.',
            id="prevent_registrations.W003",
        )
    ]


@register(Tags.security, deploy=True)
def reports_are_scrubbed(app_configs, **kwargs) -> list[Warning]:
    wanted = {
        "DEFAULT_EXCEPTION_REPORTER": SafeExceptionReporter,
        "DEFAULT_EXCEPTION_REPORTER_FILTER": SafeReporterFilter,
    }
    return [
        Warning(
            f"Error reports may hold personal data: {name} is not ours.",
            hint=f'Set {name} to "{path_of(kind)}", or to a class that stands on it.',
            id="prevent_registrations.W004",
        )
        for name, kind in wanted.items()
        if not issubclass(import_string(getattr(settings, name)), kind)
    ]


@register(Tags.security)
def targets_make_sense(app_configs, **kwargs) -> list[Error]:
    return [
        Error(
            f"WEBHOOKS: {sentence}",
            hint=f"Enter each like {EXAMPLE}",
            id="prevent_registrations.E020",
        )
        for target in setting("WEBHOOKS")
        if (sentence := what_is_wrong(target))
    ]


def what_is_wrong(target: object) -> str:
    if not isinstance(target, dict) or set(target) != {"url", "secret"}:
        return "each target has a url and a secret."
    parts = urlsplit(str(target["url"]))
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        return f"“{parts.hostname or ''}” is not in an address that can be called."
    if parts.scheme == "http" and not setting("WEBHOOK_NETWORKS"):
        return f"{parts.hostname} would be called without encryption."
    try:
        key_of(str(target["secret"]))
    except ValueError:
        return f"the secret of {parts.hostname} is not whsec_ and 24 to 64 random bytes in base64."
    return ""
