"""Drafts for a separate front end: stored for an hour and found only by a random token."""

import json
import secrets
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale, Page

from .conf import setting

SALT = "prevent_content.preview"
FRONT_END = "front_end"


class PreviewDraft(models.Model):
    """A page as an editor has it on the screen, saved or not."""

    key = models.CharField(max_length=43, unique=True)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    content = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.content_type}, until {self.expires_at:%Y-%m-%d %H:%M}"

    @property
    def page(self) -> Page:
        """Return the page; what it does not have yet (an id, a place in the tree) stays empty."""
        page = self.content_type.model_class().from_serializable_data(self.content)
        if page.locale_id is None:
            page.locale = Locale.get_default()
        return page


def keep(page: Page, *, at: datetime) -> str:
    """Store ``page`` as it is in memory; return the signed token that finds it until it expires.

    Deletes expired drafts.
    """
    PreviewDraft.objects.filter(expires_at__lte=at).delete()
    key = secrets.token_urlsafe(24)
    PreviewDraft.objects.create(
        key=key,
        content_type=ContentType.objects.get_for_model(type(page)),
        content=json.loads(page.to_json()),
        expires_at=at + timedelta(seconds=setting("PREVIEW_SECONDS")),
    )
    return signing.dumps(key, salt=SALT)


def find(token: str, *, at: datetime) -> Page:
    """Return the page for ``token``.

    Raises ``PreviewDraft.DoesNotExist`` if the token is forged or has expired.
    """
    try:
        key = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise PreviewDraft.DoesNotExist from error
    return PreviewDraft.objects.get(key=key, expires_at__gt=at).page


class FrontEndPreviewMixin:
    """A page that editors can also preview in the front end at ``PREVIEW_URL``."""

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        modes = list(super().preview_modes)
        if setting("PREVIEW_URL"):
            modes.append((FRONT_END, _("Front end")))
        return modes

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        if mode_name != FRONT_END:
            return super().serve_preview(request, mode_name)
        token = keep(self, at=timezone.now())
        query = urlencode({"token": token, "type": self._meta.label})
        return HttpResponseRedirect(f"{setting('PREVIEW_URL')}?{query}")
