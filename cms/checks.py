"""Deployment checks (`check --deploy`) of an installation's settings, folders and database."""

import os
import stat
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Tags, Warning, register
from django.utils import timezone
from wagtail.models import Site

from events.registrations import worker_settings
from events.registrations.health import BACKUP_OVERDUE_AFTER
from events.registrations.models import Heartbeat
from prevent_content.conf import setting

from .views import expiry

WEB_PROCESSES = 2
WARN_BEFORE = timedelta(days=30)
# RFC 9116, section 2.5.5: less than a year ahead.
LONGEST = timedelta(days=366)


@register(Tags.caches, deploy=True)
def cache_is_shared(app_configs, **kwargs) -> list[Warning]:
    processes = int(os.environ.get("WEB_PROCESSES") or WEB_PROCESSES)
    alone = settings.CACHES["default"]["BACKEND"].endswith(("LocMemCache", "DummyCache"))
    if processes < 2 or not alone:
        return []
    return [
        Warning(
            f"{processes} web processes do not share a cache: each knows other rates, other codes "
            "that were used, and other addresses of pages.",
            hint="Set CACHE_URL, for example to redis://127.0.0.1:6379/1 or, on one machine, to "
            "filecache:///var/lib/prevent/cache.",
            id="cms.W003",
        )
    ]


@register(Tags.security, deploy=True)
def site_url_is_secure(app_configs, **kwargs) -> list[Warning]:
    if urlsplit(setting("SITE_URL")).scheme == "https":
        return []
    return [
        Warning(
            f"SITE_URL is {setting('SITE_URL')}: links in emails would go over connections that "
            "anyone can read.",
            hint="Set SITE_URL to an address that begins with https://",
            id="cms.W004",
        )
    ]


@register(Tags.files, deploy=True)
def state_is_kept_apart(app_configs, **kwargs) -> list[Warning]:
    folder = Path(settings.VAR_DIR)
    wrong = ""
    if folder.is_relative_to(settings.BASE_DIR):
        wrong = "is inside the code: a new release would begin without media"
    elif not folder.is_dir():
        wrong = "is not there"
    elif not os.access(folder, os.W_OK):
        wrong = "cannot be written by the user who runs this"
    elif folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        wrong = "can be written by others than the user who runs the site"
    if not wrong:
        return []
    return [
        Warning(
            f"VAR_DIR, {folder}, {wrong}.",
            hint="Set VAR_DIR to a folder such as /var/lib/prevent, made as install.md says: "
            "install --directory --owner=prevent --group=www-data --mode=750 /var/lib/prevent",
            id="cms.W005",
        )
    ]


@register(Tags.database, deploy=True)
def site_record_agrees(app_configs, databases=None, **kwargs) -> list[Warning]:
    """Compare Wagtail's default site with ``SITE_URL``; runs only with ``--database default``."""
    if not databases:
        return []
    site = Site.objects.filter(is_default_site=True).first()
    if site is not None and site.root_url == setting("SITE_URL"):
        return []
    found = site.root_url if site else "missing"
    return [
        Warning(
            f"Wagtail's default site is {found}, and SITE_URL is {setting('SITE_URL')}: links in "
            "pages and in emails lead to different addresses.",
            hint="Run set_site_address, or change Settings → Sites in the CMS.",
            id="cms.W006",
        )
    ]


@register(Tags.database, deploy=True)
def backup_is_recent(app_configs, databases=None, **kwargs) -> list[Warning]:
    if not databases:
        return []
    beat = Heartbeat.objects.filter(name=Heartbeat.BACKUP).first()
    if beat and timezone.now() - beat.at <= BACKUP_OVERDUE_AFTER:
        return []
    last = f"on {timezone.localtime(beat.at):%-d %B %Y, %H:%M}" if beat else "never"
    return [
        Warning(
            f"The last verified backup was written {last}.",
            hint="See why prevent-backup.service did not succeed: docs/operators/backup.md",
            id="cms.W007",
        )
    ]


@register(Tags.database, deploy=True)
def worker_has_the_same_settings(app_configs, databases=None, **kwargs) -> list[Warning]:
    if not databases or not worker_settings.differ(at=timezone.now()):
        return []
    return [
        Warning(
            "The mail worker runs with other settings than this command.",
            hint="Start it with the same environment as the web servers, then restart it: "
            "systemctl restart prevent-worker",
            id="cms.W008",
        )
    ]


@register(Tags.security, deploy=True)
def contact_is_known_and_current(app_configs, **kwargs) -> list[Warning]:
    if not settings.SECURITY_CONTACT:
        return [
            Warning(
                "Nobody can find out where to report a vulnerability.",
                hint="Set SECURITY_CONTACT, for example to mailto:security@council.example",
                id="cms.W001",
            )
        ]
    try:
        left = expiry() - timezone.localdate()
    except ValueError:
        left = timedelta()
    if WARN_BEFORE < left < LONGEST:
        return []
    return [
        Warning(
            f"security.txt expires on {settings.SECURITY_TXT_EXPIRES}, which is past, less than "
            "30 days away, more than a year ahead, or not a date.",
            hint="Check that the contact is right, then set SECURITY_TXT_EXPIRES to a date within "
            "a year, such as 2027-10-31.",
            id="cms.W002",
        )
    ]
