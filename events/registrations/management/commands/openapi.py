"""Write the API's OpenAPI document, as at /api/openapi.json on the default site."""

import json

from django.conf import settings
from django.core.management.base import BaseCommand

from prevent_content.conf import setting

from ...api.urls import api


class Command(BaseCommand):
    help = "Writes the API's OpenAPI document, for linters and generators of clients."

    def handle(self, *args, **options):
        address = setting("SITE_URL") or getattr(settings, "WAGTAILADMIN_BASE_URL", "")
        document = api.document | {"servers": [{"url": address or "https://www.council.example"}]}
        self.stdout.write(json.dumps(document, indent=2))
