"""Wagtail's log of what was done to what: it keeps that something was done, not to whom."""

from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType
from django.db import models
from wagtail.models import ModelLogEntry

from .models import Registration, RegistrationLogEntry


def redact(model: type[models.Model], keys: Sequence[int], *, label: str = "Erased") -> int:
    """Empty the log entries about the rows ``keys`` of ``model``; return how many there were."""
    if not keys:
        return 0
    content_type = ContentType.objects.get_for_model(model)
    redacted = ModelLogEntry.objects.filter(
        content_type=content_type, object_id__in=[str(key) for key in keys]
    ).update(label=label, data={})
    if model is Registration:
        # They have a log of their own, which only those read who may see registrations.
        entries = RegistrationLogEntry.objects.filter(registration__in=keys)
        redacted += entries.update(label=label, data={})
    return redacted
