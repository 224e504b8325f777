"""Set the address of Wagtail's site record to SITE_URL."""

from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError
from wagtail.models import Site

from prevent_content.conf import setting


class Command(BaseCommand):
    help = "Set the name and port of Wagtail's default site to those of SITE_URL."

    def handle(self, **options) -> None:
        address = urlsplit(setting("SITE_URL"))
        port = address.port or (443 if address.scheme == "https" else 80)
        site = Site.objects.filter(is_default_site=True).first()
        if site is None:
            raise CommandError("There is no default site. Run migrate first.")
        site.hostname, site.port = address.hostname, port
        site.save()
        self.stdout.write(f"The default site is {site.root_url}")
