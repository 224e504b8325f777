"""Pages for visitors while the site is failing or closed for maintenance.

Whole pages with the site's name and concern numbers, written to ``VAR_DIR/errors`` when the site
starts and when its settings change. They need no database, so both the site and the proxy in front
of it can show them without one.
"""

import logging
import os
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import DatabaseError, transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader
from django.templatetags.static import static
from django.utils import translation
from django.views.decorators.http import require_safe
from wagtail.models import Site

from events.registrations.database import UNAVAILABLE
from prevent_content.models import PreventSettings

from .models import SiteSettings

LOOK = "prevent/prevent.css"
STYLES = "site.css"
PAGES = ("429.html", "500.html", "503.html")
RETRY_SECONDS = "60"

logger = logging.getLogger(__name__)


def folder() -> Path:
    """Return the folder of the pages; the proxy serves it as ``/errors/``."""
    return Path(settings.VAR_DIR) / "errors"


def fault(request: HttpRequest) -> HttpResponse:
    """Say that something went wrong; 503 if the database does not answer."""
    if isinstance(sys.exc_info()[1], UNAVAILABLE):
        return unavailable()
    return HttpResponse(page("500.html"), status=500)


def unavailable() -> HttpResponse:
    """Ask people to come back later."""
    response = HttpResponse(page("503.html"), status=503)
    response["Retry-After"] = RETRY_SECONDS
    response["Cache-Control"] = "no-store"
    return response


def page(name: str) -> str:
    """Return the page written at start, or one with the national numbers if there is none."""
    try:
        return (folder() / name).read_text(encoding="utf-8")
    except OSError:
        return render(name, SiteSettings(), PreventSettings(), styles=static(LOOK))


def render(name: str, site: SiteSettings, routes: PreventSettings, *, styles: str) -> str:
    """Return a page of ``site`` in its own language, without a request."""
    context = {"settings": {"home": {"SiteSettings": site}}, "routes": routes, "styles": styles}
    with translation.override(settings.LANGUAGE_CODE):
        return loader.render_to_string(name, context)


def write_pages() -> None:
    """Write the pages and their style sheet, each replaced atomically.

    The proxy can read them whatever the umask. Raises ``OSError`` if they cannot be written.
    """
    site = Site.objects.filter(is_default_site=True).first()
    shown = SiteSettings.for_site(site) if site else SiteSettings()
    routes = PreventSettings.for_site(site) if site else PreventSettings()
    target = folder()
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(0o755)
    look = Path(finders.find(LOOK) or os.devnull).read_text(encoding="utf-8")
    files = {STYLES: look + shown.stylesheet}
    files |= {name: render(name, shown, routes, styles=f"/errors/{STYLES}") for name in PAGES}
    for name, content in files.items():
        new = target / f"{name}.{os.getpid()}"
        new.write_text(content, encoding="utf-8")
        new.chmod(0o644)
        new.replace(target / name)


def refresh_pages(**kwargs) -> None:
    """Write the pages once their new content is committed; if that fails, the old ones stay."""
    transaction.on_commit(write_pages_or_log, robust=True)


def write_pages_or_log() -> None:
    try:
        write_pages()
    except (OSError, DatabaseError) as error:
        logger.error("The error pages cannot be written: %s", type(error).__name__)


@require_safe
def styles(request: HttpRequest) -> HttpResponseBase:
    """Return the pages' style sheet, where no proxy serves it."""
    try:
        return FileResponse((folder() / STYLES).open("rb"), content_type="text/css; charset=utf-8")
    except OSError:
        raise Http404 from None
