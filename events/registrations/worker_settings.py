"""Whether the mail worker runs with the web servers' settings, compared by digest."""

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
    """Return the heartbeat name for this process's settings; it reveals none of them."""
    values = json.dumps([getattr(settings, each, None) for each in COMPARED], default=str)
    return PREFIX + salted_hmac("prevent_registrations.worker_settings", values).hexdigest()[:20]


def beat(*, at: datetime) -> None:
    """Record that a worker with these settings is alive, and delete former workers' heartbeats."""
    Heartbeat.beat(name(), at=at)
    Heartbeat.objects.filter(name__startswith=PREFIX, at__lt=at - timedelta(days=1)).delete()


def differ(*, at: datetime) -> bool:
    """Return whether a live worker has different settings from this process."""
    alive = Heartbeat.objects.filter(name__startswith=PREFIX, at__gt=at - RECENT)
    return alive.exclude(name=name()).exists()
