"""Removing personal data from what is stored: log lines, error reports and Sentry events."""

import logging
import re
import traceback
from importlib.util import find_spec
from types import TracebackType
from typing import Any

from django.core.exceptions import ImproperlyConfigured

HIDDEN = "…"
WITHHELD = "(message withheld, it may quote personal data)"

# Anyone may send an address of any length, and it is logged. Each pattern is therefore bounded or
# anchored at the start of a run, so that its work grows linearly.
_LOCAL_PART = r"[^\s@<>\"'(),;:=\[\]{}?&/]{1,254}"
EMAIL = re.compile(
    rf"(?:{_LOCAL_PART}')?{_LOCAL_PART}(?:@|%40)[A-Z0-9](?:[A-Z0-9.-]*[A-Z0-9])?", re.IGNORECASE
)
# From django.core.signing: a value, a time and a signature, or a value and a signature.
SIGNED = re.compile(r"(?<![\w.-])[\w.-]+(?::|%3A)[\w-]{6}(?::|%3A)[\w-]{27,}", re.IGNORECASE)
# Every address with a token, a person's or that of an event's guests, whatever its prefix: a
# language, or a host's path. Metrics name views, not addresses. deploy/nginx/site.conf repeats it,
# and a test compares the two.
OWN_ADDRESS = re.compile(
    r"(/(?:registrations?/(?:received/|complaint/received/|new-email/)?|feedback/event/))"
    r"(?!(?:received|link|erased|held|complaint|new-email)(?:/|\b))[^\s/\"'?]+"
)
QUERY = re.compile(r"(?<![^\s\"'?])([^\s\"'?/]*/[^\s\"'?]*)\?[^\s\"']+")
REFERENCE = re.compile(r"\b((?:PR|DP|SR)-)[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}\b")
# PostgreSQL quotes whole rows in the details of an error, sometimes over several lines.
DETAIL = re.compile(r"(?ms)^([ \t]*DETAIL:|[^\n]*Failing row contains).*")

# Written by the program or the machine, and needed by operators. Other messages quote what someone
# typed.
SPOKEN = frozenset(
    {
        "AppRegistryNotReady",
        "AttributeError",
        "CheckViolation",
        "ConnectionError",
        "ConnectionRefusedError",
        "ConnectionResetError",
        "FieldError",
        "ForeignKeyViolation",
        "ImportError",
        "ImproperlyConfigured",
        "IntegrityError",
        "InterfaceError",
        "ModuleNotFoundError",
        "NameError",
        "NoReverseMatch",
        "NotNullViolation",
        "OperationalError",
        "PermissionError",
        "ProgrammingError",
        "TemplateDoesNotExist",
        "TemplateSyntaxError",
        "TimeoutError",
        "UndecryptableAnswers",
        "UniqueViolation",
    }
)


def masked(text: str) -> str:
    """Return ``text`` without email addresses, signed tokens, query strings and references."""
    text = DETAIL.sub(r"\1 " + HIDDEN, text)
    text = QUERY.sub(r"\1?" + HIDDEN, text)
    text = OWN_ADDRESS.sub(r"\1" + HIDDEN, text)
    text = SIGNED.sub(HIDDEN, text)
    text = EMAIL.sub(HIDDEN, text)
    return REFERENCE.sub(r"\1" + HIDDEN, text)


def message_of(error: BaseException) -> str:
    """Return the safe part of the message of ``error``."""
    if type(error).__name__ in SPOKEN:
        return masked(str(error))
    return WITHHELD if str(error) else ""


def report_of(error: BaseException, trace: TracebackType | None) -> str:
    """Return a traceback of ``error`` and its causes: places and classes, no values."""
    earlier = ""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        earlier = report_of(cause, cause.__traceback__) + "\n\nwhich led to:\n\n"
    places = "".join(traceback.format_tb(trace))
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    message = message_of(error)
    return (
        f"{earlier}Traceback (most recent call last):\n{places}"
        f"{name}{': ' if message else ''}{message}"
    )


class PersonalDataFilter(logging.Filter):
    """Mask the message and traceback of every record, and drop its request.

    The record is changed in place, so that later handlers get the masked one too.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = masked(whole_message(record))
        record.args = None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = report_of(record.exc_info[1], record.exc_info[2])
        elif record.exc_text:
            record.exc_text = masked(record.exc_text)
        record.exc_info = None
        # Django sets it for its own handlers; a formatter that writes all extras would quote it.
        record.__dict__.pop("request", None)
        return True


def whole_message(record: logging.LogRecord) -> str:
    """Return the message of ``record``; without its arguments if they do not fit."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


MASK = {"()": f"{__name__}.PersonalDataFilter"}


DROPPED = ("user", "breadcrumbs", "extra", "server_name")
KEPT_OF_REQUEST = ("method",)


def scrubbed(event: Any, hint: dict) -> Any:
    """Return ``event`` without bodies, cookies, headers, queries, users and values."""
    for name in DROPPED:
        event.pop(name, None)
    if request := event.get("request"):
        kept = {name: request[name] for name in KEPT_OF_REQUEST if name in request}
        event["request"] = kept | {"url": masked(str(request.get("url", "")).split("?")[0])}
    for error in event.get("exception", {}).get("values", []):
        if error.get("type") not in SPOKEN:
            error["value"] = WITHHELD
        else:
            error["value"] = masked(str(error.get("value") or ""))
        for frame in error.get("stacktrace", {}).get("frames", []):
            frame.pop("vars", None)
    if entry := event.get("logentry"):
        # Sentry stores a log line's arguments separately from its text.
        line = entry.get("formatted") or entry.get("message") or ""
        event["logentry"] = {"message": masked(str(line))}
    if message := event.get("message"):
        event["message"] = masked(str(message))
    if "transaction" in event:
        event["transaction"] = masked(str(event["transaction"]))
    return event


def no_breadcrumb(crumb: dict, hint: dict) -> None:
    """Store no trail of earlier queries, addresses and log lines."""


def start_sentry(dsn: str, **options) -> None:
    """Report faults to ``dsn``. Raises ``ImproperlyConfigured`` if sentry-sdk is not installed."""
    if find_spec("sentry_sdk") is None:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set, but the package sentry-sdk is not installed. Install it with "
            "`pip install --require-hashes -r deploy/requirements-sentry.lock`, or leave "
            "SENTRY_DSN empty."
        )
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        include_source_context=True,
        traces_sample_rate=0,
        before_send=scrubbed,
        before_breadcrumb=no_breadcrumb,
        **options,
    )
