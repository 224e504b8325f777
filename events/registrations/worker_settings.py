"""Whether the mail worker runs with the settings of the web servers: a digest of what matters."""

import json
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.crypto import salted_hmac

from .models import Heartbeat

PREFIX = "worker settings "
COMPARED = (
    "ALLOWED_HOSTS",
    "DEBUG",
    "DEFAULT_FROM_EMAIL",
    "EMAIL_BACKEND",
    "MEDIA_ROOT",
    "PREVENT",
    "SETTINGS_MODULE",
    "VAR_DIR",
)
RECENT = timedelta(minutes=2)


def name() -> str:
    """Return the heartbeat of a worker with this process's settings; it gives none of them away."""
    values = json.dumps([getattr(settings, each, None) for each in COMPARED], default=str)
    return PREFIX + salted_hmac("prevent_registrations.worker_settings", values).hexdigest()[:20]


def beat(*, at: datetime) -> None:
    """Record that a worker with these settings is alive, and forget those of former workers."""
    Heartbeat.beat(name(), at=at)
    Heartbeat.objects.filter(name__startswith=PREFIX, at__lt=at - timedelta(days=1)).delete()


def differ(*, at: datetime) -> bool:
    """Return whether a worker that is alive has other settings than this process."""
    alive = Heartbeat.objects.filter(name__startswith=PREFIX, at__gt=at - RECENT)
    return alive.exclude(name=name()).exists()
