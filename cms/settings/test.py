"""Settings for the tests: separate database and folders, fast hashes, email kept in memory."""

import os
import tempfile
from pathlib import Path
from zlib import crc32

from . import sign_in
from .base import *  # noqa: F403 - Django's settings are layered by star import
from .base import BASE_DIR, INSTALLED_APPS, PREVENT, database

# The linter's command finds what a migration must not do without downtime. Sign-in by OpenID
# Connect is optional for a site, but always tested.
INSTALLED_APPS = [*INSTALLED_APPS, *sign_in.OIDC_APPS, "django_migration_linter"]

DEBUG = False
SECRET_KEY = "for-tests-only"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
WAGTAILADMIN_BASE_URL = PREVENT["SITE_URL"] = "http://testserver"
PREVENT["FIELD_ENCRYPTION_KEYS"] = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]

# A folder for each copy of the project and each test process, so that they do not interfere.
COPY = crc32(str(BASE_DIR).encode())
VAR_DIR = Path(tempfile.gettempdir()) / (
    f"prevent-tests-{COPY:x}-{os.environ.get('PYTEST_XDIST_WORKER', 0)}"
)
MEDIA_ROOT = VAR_DIR / "media"
DATABASES = {"default": database(VAR_DIR / "site.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as on a real site: in-memory connections lock each other out without waiting.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
    # The data need not survive a power cut, nor be overwritten when deleted.
    DATABASES["default"]["OPTIONS"]["init_command"] += (
        "PRAGMA synchronous=OFF; PRAGMA secure_delete=OFF;"
    )

# Everyone in the tests books from one address; the tests of held places set it.
PREVENT["REGISTRATION_PLACES_AT_ONCE"] = 100_000
# The clock stands still in most tests; tests of this guard set it themselves.
PREVENT["REGISTRATION_QUICKEST_SECONDS"] = 0.0

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Django's test client signs in without a request; the lockout tests switch this on.
AXES_ENABLED = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
DEMO_LOGINS = True
