"""Production settings: explicit, or the site does not start."""

from django.core.exceptions import ImproperlyConfigured

from events.registrations import redaction

from .base import *  # noqa: F403 - Django's settings are layered by star import
from .base import LOGGING, PREVENT, env
from .mail import email_settings

EXAMPLES = {
    "SECRET_KEY": "fifty or more random characters, such as `openssl rand -base64 48` prints",
    "FIELD_ENCRYPTION_KEYS": "a Fernet key, such as `openssl rand -base64 32 | tr +/ -_` prints",
    "ALLOWED_HOSTS": "www.council.example",
    "SITE_URL": "https://www.council.example",
    "EMAIL_URL": "smtp+tls://user:password@mail.council.example:587",
    "DATABASE_URL": "postgres://user:password@db.council.example:5432/prevent",
    "VAR_DIR": "/var/lib/prevent",
}


def required(name: str) -> str:
    """Return the environment variable ``name``; refuse to start if it is missing or empty."""
    value = env.str(name, default="").strip()
    if not value:
        raise ImproperlyConfigured(
            f"The environment variable {name} is missing. Set it to a value like: {EXAMPLES[name]}"
        )
    return value


SECRET_KEY = required("SECRET_KEY")
PREVENT["FIELD_ENCRYPTION_KEYS"] = required("FIELD_ENCRYPTION_KEYS").split(",")
ALLOWED_HOSTS = [host.strip() for host in required("ALLOWED_HOSTS").split(",")]
WAGTAILADMIN_BASE_URL = PREVENT["SITE_URL"] = required("SITE_URL").rstrip("/")
required("DATABASE_URL")
required("VAR_DIR")
# The proxy reads media; the service's umask hides everything else from other users.
FILE_UPLOAD_PERMISSIONS = 0o644
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755
globals().update(email_settings(required("EMAIL_URL")))

CSRF_TRUSTED_ORIGINS = [WAGTAILADMIN_BASE_URL]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
# Monitors and load balancers reach the process directly, past the proxy that ends TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
DEMO_LOGINS = False

SECOND_FACTOR_REQUIRED = True
# A session ends after two hours without a click; SESSION_HOURS is its limit overall.
SESSION_COOKIE_AGE = 2 * 60 * 60
SESSION_SAVE_EVERY_REQUEST = True

LOGGING["handlers"]["console"]["formatter"] = env.str("LOG_FORMAT", default="json")

if dsn := env.str("SENTRY_DSN", default=""):
    redaction.start_sentry(dsn)
