"""Sentry, for those who use it: where faults happen, and nothing about whom."""

from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured

from .masking import SPOKEN, WITHHELD, masked

DROPPED = ("user", "breadcrumbs", "extra", "server_name")
KEPT_OF_REQUEST = ("method",)


def scrubbed(event: dict, hint: dict) -> dict:
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
        # Sentry keeps the arguments of a log line apart from its words.
        line = entry.get("formatted") or entry.get("message") or ""
        event["logentry"] = {"message": masked(str(line))}
    if message := event.get("message"):
        event["message"] = masked(str(message))
    if "transaction" in event:
        event["transaction"] = masked(str(event["transaction"]))
    return event


def no_breadcrumb(crumb: dict, hint: dict) -> None:
    """Keep no trail of queries, addresses and log lines that came before."""


def start(dsn: str, **options) -> None:
    """Report faults to ``dsn``. Raises ``ImproperlyConfigured`` if sentry-sdk is not installed."""
    if find_spec("sentry_sdk") is None:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set, but the package sentry-sdk is not installed. Install it with "
            "`pip install sentry-sdk`, or leave SENTRY_DSN empty."
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
