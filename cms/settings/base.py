"""Settings that every environment shares. Nothing here is secret or a guess."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environ

from events.registrations.redaction import MASK

from . import media, sign_in
from .mail import ENGINE, engine_settings
from .sign_in import *  # noqa: F403 - Django's settings are layered by star import

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.str("VAR_DIR", default="") or BASE_DIR / "var").resolve()

DEBUG = False

INSTALLED_APPS = [
    "cms",
    *sign_in.APPS,
    "home",
    "events.registrations",
    "events",
    "prevent_content",
    "wagtail_modeladmin",
    "ninja",
    "wagtail.api.v2",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.contrib.typed_table_block",
    "wagtail.locales",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "cms.middleware.RequestIdMiddleware",
    "home.middleware.MaintenanceMiddleware",
    "prevent_content.page_cache.PageCacheMiddleware",
    "cms.middleware.SecurityHeadersMiddleware",
    "events.registrations.middleware.PersonalAnswers",
    "django.middleware.security.SecurityMiddleware",
    "cms.middleware.HealthCheckMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cms.middleware.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "home.middleware.AddressLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "prevent_content.redirects.RedirectMiddleware",
    *sign_in.MIDDLEWARE,
]

ROOT_URLCONF = "cms.urls"
WSGI_APPLICATION = "cms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    },
]


def sqlite(path: Path) -> dict:
    """Return settings for an SQLite database that handles concurrent writers and loses nothing.

    ``IMMEDIATE`` takes the write lock when a transaction begins, so that two writers wait for each
    other instead of failing; ``synchronous=FULL`` keeps acknowledged data through a power cut;
    ``secure_delete`` overwrites what is erased.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
            ),
        },
    }


def database(default_path: Path) -> dict:
    """Return the settings of ``DATABASE_URL``, or of SQLite at ``default_path``."""
    url = env.str("DATABASE_URL", default="").strip()
    return database_of(url) if url else sqlite(default_path)


def database_of(url: str) -> dict:
    """Return the settings of the database at ``url``."""
    parsed = env.db_url_config(url)
    if parsed["ENGINE"] == "django.db.backends.sqlite3":
        return sqlite(Path(parsed["NAME"]))
    return postgres(parsed)


def postgres(parsed: dict) -> dict:
    """Return settings for PostgreSQL, where no statement runs longer than a visitor waits.

    ``DATABASE_POOL`` is how many connections a process keeps open for its threads; without it, each
    thread keeps its own.
    """
    seconds = env.float("DATABASE_STATEMENT_SECONDS", default=30)
    limits = (
        f"-c statement_timeout={int(seconds * 1000)} -c idle_in_transaction_session_timeout=60000"
    )
    given = parsed.get("OPTIONS", {})
    options = {
        "connect_timeout": 10,
        **given,
        "options": f"{limits} {given.get('options', '')}".strip(),
    }
    size = env.int("DATABASE_POOL", default=0)
    if size:
        options["pool"] = {"min_size": 1, "max_size": size, "timeout": 10}
    return {
        **parsed,
        "OPTIONS": options,
        "CONN_MAX_AGE": 0 if size else 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": database(VAR_DIR / "site.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def cache() -> dict:
    """Return the cache of ``CACHE_URL``; a missing Redis delays nobody and shuts nobody out."""
    parsed = env.cache_url("CACHE_URL", default="locmemcache://")
    if not parsed["BACKEND"].endswith("RedisCache"):
        return parsed
    options = {"socket_connect_timeout": 1, "socket_timeout": 1, **parsed.get("OPTIONS", {})}
    return {**parsed, "BACKEND": "cms.backends.ForgivingRedisCache", "OPTIONS": options}


CACHES = {"default": cache()}

# English has no address prefix; other languages have one once they are added in the CMS.
LANGUAGE_CODE = "en-gb"
LANGUAGES = [
    ("en-gb", "English"),
    ("ar", "Arabic"),
    ("bn", "Bengali"),
    ("cy", "Welsh"),
    ("pa", "Punjabi"),
    ("pl", "Polish"),
    ("ur", "Urdu"),
]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
TIME_ZONE = "Europe/London"
# Every time in the CMS is London time, whoever reads it.
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "collected"
STATICFILES_DIRS = [BASE_DIR / "build" / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_HOST = media.host()
# In production the web server or the object store serves them.
SERVE_MEDIA = False
STORAGES = {
    "default": media.storage(),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="roundtables@council.example")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# The plugin's own setting; docs/plugin.md explains each key. Registration limits:
# docs/operators/registration-guards.md. The outbox: docs/operators/delivery.md.
PREVENT: dict[str, Any] = {
    "SITE_URL": env.str("SITE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}"),
    "FIELD_ENCRYPTION_KEYS": env.list("FIELD_ENCRYPTION_KEYS", default=[]),
    "ORGANISER_EMAIL_DOMAINS": env.list("ORGANISER_EMAIL_DOMAINS", default=[]),
    "TECHNICAL_EMAIL": env.str("TECHNICAL_EMAIL", default=""),
    "TRUSTED_PROXIES": env.list("TRUSTED_PROXIES", default=[]),
    "REGISTRATION_QUICKEST_SECONDS": env.float("REGISTRATION_QUICKEST_SECONDS", default=2.0),
    "REGISTRATION_LIMIT_ADDRESS": env.int("REGISTRATION_LIMIT_ADDRESS", default=30),
    "REGISTRATION_LIMIT_NETWORK": env.int("REGISTRATION_LIMIT_NETWORK", default=200),
    "REGISTRATION_LIMIT_EMAIL": env.int("REGISTRATION_LIMIT_EMAIL", default=10),
    "REGISTRATION_LIMIT_PER_DATE": env.int("REGISTRATION_LIMIT_PER_DATE", default=6),
    "REGISTRATION_PLACES_AT_ONCE": env.int("REGISTRATION_PLACES_AT_ONCE", default=6),
    "EMAILS_PER_DAY": env.int("EMAILS_PER_DAY", default=10),
    "SEARCH_LIMIT_ADDRESS": env.int("SEARCH_LIMIT_ADDRESS", default=120),
    "OUTBOX_SWEEP_SECONDS": env.float("OUTBOX_SWEEP_SECONDS", default=1.0),
    "OUTBOX_MESSAGE_SECONDS": env.float("OUTBOX_MESSAGE_SECONDS", default=30.0),
    "OUTBOX_PER_MINUTE": env.int("OUTBOX_PER_MINUTE", default=0),
    "API_ORIGINS": env.list("API_ORIGINS", default=[]),
    "PREVIEW_URL": env.str("PREVIEW_URL", default=""),
    "WEBHOOKS": env.json("WEBHOOKS", default=[]),
    "WEBHOOK_NETWORKS": env.list("WEBHOOK_NETWORKS", default=[]),
    # base.html already loads the whole site's styles and script.
    "OWN_ASSETS": False,
    "PAGE_CACHE_SECONDS": env.int("PAGE_CACHE_SECONDS", default=300),
}
if engine := engine_settings(env.str("TASKS_URL", default="")):
    globals().update(engine)
    PREVENT["OUTBOX_TASKS_BACKEND"] = ENGINE
    # Without the packages of deploy/requirements-rq.lock, check E003 says what to install.
    if find_spec("django_tasks_rq"):
        INSTALLED_APPS += ["django_rq", "django_tasks_rq"]
# Former keys, so that links already sent still work: docs/privacy/keys.md.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DEFAULT_EXCEPTION_REPORTER = "events.registrations.error_reports.SafeExceptionReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "events.registrations.error_reports.SafeReporterFilter"

# The page editor posts more fields for a long running order than Django allows by default.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
PUBLIC_BODY_BYTES = 4 * 1024 * 1024
CMS_BODY_BYTES = 12 * 1024 * 1024

# Where to report a vulnerability, and until when that is valid (at most a year): security.txt.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="") or (
    PREVENT["TECHNICAL_EMAIL"] and f"mailto:{PREVENT['TECHNICAL_EMAIL']}"
)
SECURITY_TXT_EXPIRES = env.str("SECURITY_TXT_EXPIRES", default="2027-10-31")

# Prometheus metrics at /metrics for callers with this token; none without it.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
if METRICS_TOKEN:
    INSTALLED_APPS += ["django_prometheus"]
    MIDDLEWARE = [
        "django_prometheus.middleware.PrometheusBeforeMiddleware",
        *MIDDLEWARE,
        "django_prometheus.middleware.PrometheusAfterMiddleware",
    ]

WAGTAIL_SITE_NAME = "Prevent roundtables"
WAGTAILADMIN_BASE_URL = PREVENT["SITE_URL"]
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
# Compares words as they are: pages are indexed by their stems (docs/operators/search.md).
WAGTAILSEARCH_BACKENDS = {
    "default": {"BACKEND": "wagtail.search.backends.database", "SEARCH_CONFIG": "simple"}
}
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "ics", "odp", "ods", "odt", "pdf", "pptx", "txt", "xlsx"]
# Documents are downloaded, never shown as pages of this host. That includes SVG.
WAGTAILDOCS_INLINE_CONTENT_TYPES: list[str] = []
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpeg", "jpg", "png", "webp"]
WAGTAILDOCS_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILEMBEDS_FINDERS: list[dict] = []

# Every handler has the filter, so no log line holds anyone's name, address or link. Django's own
# loggers lose their handlers and pass records to the root.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask": MASK, "request": {"()": "cms.log.RequestIdFilter"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "cms.log.json_formatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.str("LOG_FORMAT", default="line"),
            "filters": ["mask", "request"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        # It writes several lines for each published page, none of which needs action.
        "django_tasks": {"level": "WARNING"},
        # Four lines for each person who signs in.
        "axes": {"level": "WARNING"},
        # It quotes the values of every query.
        "django.db.backends": {"level": "INFO"},
    },
}
