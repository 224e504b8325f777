"""How email leaves: settings from ``EMAIL_URL``, and from ``TASKS_URL`` for several hosts."""

from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

BACKENDS = {
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
    "consolemail": "django.core.mail.backends.console.EmailBackend",
    "filemail": "django.core.mail.backends.filebased.EmailBackend",
    "memorymail": "django.core.mail.backends.locmem.EmailBackend",
}
# The security of each scheme, and its usual port (RFC 8314).
SMTP = {"smtp": ("", 25), "smtp+tls": ("EMAIL_USE_TLS", 587), "smtp+ssl": ("EMAIL_USE_SSL", 465)}
SERVICE = "anymail+"
SECONDS = 10
ENGINE = "mail"
EXAMPLES = (
    "smtp+tls://user:password@mail.council.example:587, "
    "smtp+ssl://user:password@mail.council.example:465, smtp://127.0.0.1:25 or "
    "anymail+postmark://?server_token=secret"
)


def email_settings(url: str) -> dict[str, object]:
    """Return Django's mail settings for an address such as ``smtp+tls://user:secret@host:587``.

    ``?timeout=`` is how many seconds the server may stay silent, 10 by default.
    ``anymail+SERVICE://?name=value`` is one of django-anymail's services with its settings, such as
    ``api_key``. Raises ``ImproperlyConfigured``, without the address, which holds a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        timeout = int(options.pop("timeout", SECONDS))
    except ValueError as error:
        raise unusable("is not an address") from error
    if parts.scheme.startswith(SERVICE):
        service = parts.scheme.removeprefix(SERVICE).replace("-", "_")
        return service_settings(service, options, timeout)
    if options:
        raise unusable(f"has parts that mean nothing: {', '.join(sorted(options))}")
    if parts.scheme in SMTP:
        if not parts.hostname:
            raise unusable("names no mail server")
        security, usual_port = SMTP[parts.scheme]
        return {
            "EMAIL_BACKEND": BACKENDS["smtp"],
            "EMAIL_HOST": parts.hostname,
            "EMAIL_PORT": port or usual_port,
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_TLS": security == "EMAIL_USE_TLS",
            "EMAIL_USE_SSL": security == "EMAIL_USE_SSL",
            "EMAIL_TIMEOUT": timeout,
        }
    if parts.scheme not in BACKENDS:
        raise unusable("begins with something else than smtp, smtp+tls, smtp+ssl or anymail+…")
    return {"EMAIL_BACKEND": BACKENDS[parts.scheme], "EMAIL_FILE_PATH": unquote(parts.path)}


def service_settings(service: str, options: dict[str, str], timeout: int) -> dict[str, object]:
    """Return the settings of the django-anymail backend ``service``, such as ``amazon_ses``."""
    if not service.isidentifier():
        raise unusable("names no mail service after anymail+")
    names = {name.upper(): value for name, value in options.items()}
    return {
        "EMAIL_BACKEND": f"anymail.backends.{service}.EmailBackend",
        "ANYMAIL": {
            **{f"{service.upper()}_{name}": value for name, value in names.items()},
            "REQUESTS_TIMEOUT": timeout,
        },
    }


def unusable(what: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"The environment variable EMAIL_URL {what}. Set it to a value like: {EXAMPLES}"
    )


def engine_settings(url: str) -> dict[str, object]:
    """Return the settings for calling workers through Redis at ``url``; none without one.

    Wagtail's own tasks stay in the process that causes them: with a search index updated later,
    editors would see something other than what they saved.
    """
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ImproperlyConfigured(
            "The environment variable TASKS_URL is not the address of a Redis. Set it to a value "
            "like: redis://127.0.0.1:6379/0. Without it, the mail worker needs no engine."
        )
    query = {"socket_connect_timeout": "2", **dict(parse_qsl(parts.query))}
    return {
        "TASKS": {
            "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
            ENGINE: {"BACKEND": "django_tasks_rq.RQBackend", "QUEUES": [ENGINE]},
        },
        # Ten minutes for a task that sends for one, so that no email is cut off half sent.
        "RQ_QUEUES": {
            ENGINE: {
                "URL": urlunsplit(parts._replace(query=urlencode(query))),
                "DEFAULT_TIMEOUT": 600,
                "DEFAULT_RESULT_TTL": 60,
            }
        },
    }
