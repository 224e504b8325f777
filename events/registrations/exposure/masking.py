"""Taking personal data out of text that is going to be kept: log lines and error reports."""

import re
import traceback
from types import TracebackType

HIDDEN = "…"
WITHHELD = "(message withheld, it may quote personal data)"

# Whoever sends an address decides how long it is, and it is logged: each pattern is bounded or
# begins where a run of its characters does, so that its work grows with the length, not the square.
_LOCAL_PART = r"[^\s@<>\"'(),;:=\[\]{}?&/]{1,254}"
EMAIL = re.compile(
    rf"(?:{_LOCAL_PART}')?{_LOCAL_PART}(?:@|%40)[A-Z0-9](?:[A-Z0-9.-]*[A-Z0-9])?", re.IGNORECASE
)
# What django.core.signing makes: a value, a time and a signature, or a value and a signature.
SIGNED = re.compile(r"(?<![\w.-])[\w.-]+(?::|%3A)[\w-]{6}(?::|%3A)[\w-]{27,}", re.IGNORECASE)
OWN_ADDRESS = re.compile(
    r"(/registration/(?:received/|complaint/received/)?)"
    r"(?!(?:received|link|erased|held|complaint)(?:/|\b))[^\s/\"'?]+"
)
QUERY = re.compile(r"(?<![^\s\"'?])([^\s\"'?/]*/[^\s\"'?]*)\?[^\s\"']+")
REFERENCE = re.compile(r"\b((?:PR|DP)-)[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}\b")
# PostgreSQL quotes whole rows in the details of an error, and they may be several lines long.
DETAIL = re.compile(r"(?ms)^([ \t]*DETAIL:|[^\n]*Failing row contains).*")

# Their messages are written by the program or the machine, and an operator needs them. Others
# quote what somebody typed.
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
    """Return ``text`` without e-mail addresses, signed tokens, query strings and references."""
    text = DETAIL.sub(r"\1 " + HIDDEN, text)
    text = QUERY.sub(r"\1?" + HIDDEN, text)
    text = OWN_ADDRESS.sub(r"\1" + HIDDEN, text)
    text = SIGNED.sub(HIDDEN, text)
    text = EMAIL.sub(HIDDEN, text)
    return REFERENCE.sub(r"\1" + HIDDEN, text)


def message_of(error: BaseException) -> str:
    """Return what may be kept of the message of ``error``."""
    if type(error).__name__ in SPOKEN:
        return masked(str(error))
    return WITHHELD if str(error) else ""


def report_of(error: BaseException, trace: TracebackType | None) -> str:
    """Return a traceback of ``error`` and what caused it: places and classes, no values."""
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
