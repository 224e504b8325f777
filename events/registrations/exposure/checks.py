"""System checks of whether a site keeps personal data out of its logs and error reports."""

from django.conf import settings
from django.core.checks import Tags, Warning, register
from django.utils.module_loading import import_string

from .logs import MASK
from .reports import SafeExceptionReporter, SafeReporterFilter


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
