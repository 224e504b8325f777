"""Settings for a developer's machine: everything is made locally, nothing leaves it."""

import base64
import hashlib

from .base import *  # noqa: F403 - Django's settings are layered by star import
from .base import PREVENT, SECURITY_CONTACT, VAR_DIR, env
from .mail import email_settings

# `make run` shows our own error pages; DEBUG=1 shows Django's.
DEBUG = env.bool("DEBUG", default=False)
SERVE_MEDIA = True
SECRET_KEY = env.str("SECRET_KEY", default="for-development-only")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
PREVENT["FIELD_ENCRYPTION_KEYS"] = env.list(
    "FIELD_ENCRYPTION_KEYS",
    default=[base64.urlsafe_b64encode(hashlib.sha256(SECRET_KEY.encode()).digest()).decode()],
)

# An example address, so that security.txt can be viewed.
SECURITY_CONTACT = SECURITY_CONTACT or "mailto:security@council.example"

# Developers change pages and templates all the time.
PREVENT["PAGE_CACHE_SECONDS"] = env.int("PAGE_CACHE_SECONDS", default=0)

# The processes of `make run` share a cache, for example of page addresses.
if not env.str("CACHE_URL", default=""):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": VAR_DIR / "cache",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    }

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

if email_url := env.str("EMAIL_URL", default=""):
    globals().update(email_settings(email_url))
else:
    EMAIL_BACKEND = "cms.backends.EmlFileBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"

# Scripts and load tests come fast and all from this machine's address.
PREVENT["REGISTRATION_QUICKEST_SECONDS"] = env.float("REGISTRATION_QUICKEST_SECONDS", default=0.0)
for name in (
    "REGISTRATION_LIMIT_ADDRESS",
    "REGISTRATION_LIMIT_NETWORK",
    "REGISTRATION_LIMIT_EMAIL",
    "REGISTRATION_PLACES_AT_ONCE",
    "EMAILS_PER_DAY",
    "SEARCH_LIMIT_ADDRESS",
):
    PREVENT[name] = env.int(name, default=100_000)

DEMO_LOGINS = True
