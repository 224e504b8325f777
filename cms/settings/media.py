"""Where uploaded files are stored: a folder, or an object store for sites on several hosts."""

from importlib.util import find_spec

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def storage() -> dict:
    """Return Django's default storage: the bucket ``MEDIA_BUCKET`` if set, else a folder.

    Credentials come from the environment, as boto3 finds them. ``MEDIA_ENDPOINT`` is for stores
    other than Amazon's; ``MEDIA_DOMAIN`` is the host that serves pictures, if not the store itself.
    """
    bucket = env.str("MEDIA_BUCKET", default="")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if find_spec("storages") is None:
        raise ImproperlyConfigured(
            "MEDIA_BUCKET is set, but the package django-storages is not installed. Run "
            "`pip install --require-hashes -r deploy/requirements-s3.lock`, or leave MEDIA_BUCKET "
            "empty."
        )
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env.str("MEDIA_ENDPOINT", default="") or None,
            "region_name": env.str("MEDIA_REGION", default="") or None,
            "custom_domain": env.str("MEDIA_DOMAIN", default="") or None,
            # A link lasts as long as a reader may keep a page; nothing overwrites a file.
            "querystring_auth": not env.str("MEDIA_DOMAIN", default=""),
            "file_overwrite": False,
            "default_acl": None,
        },
    }


def host() -> str:
    """Return the origin that browsers load pictures from; "" if it is this site."""
    if not env.str("MEDIA_BUCKET", default=""):
        return ""
    domain = env.str("MEDIA_DOMAIN", default="")
    if domain:
        return f"https://{domain}"
    return env.str("MEDIA_ENDPOINT", default="https://*.amazonaws.com")
