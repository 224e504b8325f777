"""How members of staff sign in to the CMS: docs/operators/sign-in.md."""

from datetime import timedelta
from importlib.util import find_spec

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

APPS = [
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
OIDC_APPS = ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
MIDDLEWARE = [
    "allauth.account.middleware.AccountMiddleware",
    "cms.sign_in.guard.SignInGuard",
    # Last, as django-axes requires: it answers locked-out users.
    "axes.middleware.AxesMiddleware",
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "wagtailadmin_login"
# Private pages lead to the same sign-in as the CMS.
WAGTAIL_FRONTEND_LOGIN_URL = "/cms/login/"
LOGIN_REDIRECT_URL = "wagtailadmin_home"
WAGTAIL_PASSWORD_RESET_ENABLED = False

# Whether the CMS needs a second factor as well as a password. Always on in production.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=False)
# How long a session lasts at most, and for how long exports and erasures trust that it is still the
# same person.
SESSION_LASTS = timedelta(hours=env.float("SESSION_HOURS", default=10))
PROOF_LASTS = timedelta(minutes=env.float("PROOF_MINUTES", default=15))

# As NCSC advises: long enough for three random words, no common password or row of digits, no rules
# about characters, and no expiry.
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# Locks out a name and an address together: an attacker cannot lock out someone who signs in from
# elsewhere, and one forgotten password does not lock out an office.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = env.int("SIGN_IN_ATTEMPTS", default=8)
AXES_COOLOFF_TIME = timedelta(minutes=env.float("SIGN_IN_LOCKED_MINUTES", default=15))
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "cms.sign_in.views.address_of"
AXES_LOCKOUT_CALLABLE = "cms.sign_in.views.locked_out"
AXES_ENABLE_ADMIN = False
# Stores only failures, for as long as they count, and logs no names.
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "next"]
AXES_VERBOSE = False

ACCOUNT_ADAPTER = "cms.sign_in.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(PROOF_LASTS.total_seconds())
MFA_ADAPTER = "cms.sign_in.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# A phone's clock may be half a minute out.
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = env.str("SIGN_IN_NAME", default="Prevent roundtables CMS")

SOCIALACCOUNT_ADAPTER = "cms.sign_in.organisation.OrganisationAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
OIDC_PROVIDER = "organisation"
OIDC_NAME = env.str("OIDC_NAME", default="your organisation’s account")
# Which of the organisation's groups give which CMS groups: {"claim's value": "group"}.
OIDC_GROUPS = env.json("OIDC_GROUPS", default={})
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="groups")
# Whether the organisation asks for a second factor, so that the CMS need not.
OIDC_HAS_SECOND_FACTOR = env.bool("OIDC_HAS_SECOND_FACTOR", default=False)
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", default="")
OIDC_ENABLED = bool(OIDC_SERVER_URL)
if OIDC_ENABLED:
    if find_spec("oauthlib") is None or find_spec("jwt") is None:
        raise ImproperlyConfigured(
            "OIDC_SERVER_URL is set, but the packages for OpenID Connect are not installed. Run "
            "`pip install --require-hashes -r deploy/requirements-oidc.lock`, or leave "
            "OIDC_SERVER_URL empty."
        )
    APPS += OIDC_APPS
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "SCOPE": ["openid", "profile", "email"],
        "APPS": [
            {
                "provider_id": OIDC_PROVIDER,
                "name": OIDC_NAME,
                "client_id": env.str("OIDC_CLIENT_ID", default=""),
                "secret": env.str("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": OIDC_SERVER_URL},
            }
        ]
        if OIDC_ENABLED
        else [],
    }
}
