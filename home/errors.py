"""What visitors see while the site cannot answer: for a moment, or because somebody works on it."""

import os
import sys
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.templatetags.static import static
from django.views.defaults import server_error

from events.registrations.database import UNAVAILABLE

LOOK = "prevent/prevent.css"
RETRY_SECONDS = "60"


def fault(request: HttpRequest) -> HttpResponse:
    """Say that something went wrong; 503 if it is the database that does not answer."""
    if isinstance(sys.exc_info()[1], UNAVAILABLE):
        return unavailable()
    return server_error(request)


def unavailable() -> HttpResponse:
    """Ask to come back later. Made without a request, and so without any query."""
    response = HttpResponse(loader.render_to_string("503.html"), status=503)
    response["Retry-After"] = RETRY_SECONDS
    response["Cache-Control"] = "no-store"
    return response


def write_pages(folder: Path) -> None:
    """Write what a proxy shows by itself, while no site answers it or to who asks too often.

    Whole pages, and their style sheet, in ``folder``, which is ``/errors/`` to visitors. Each is
    replaced at once, and the proxy can read it whatever the umask is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    files = {"site.css": Path(finders.find(LOOK) or os.devnull).read_bytes()}
    for name in ("429.html", "503.html"):
        page = loader.render_to_string(name)
        files[name] = page.replace(static(LOOK), "/errors/site.css").encode()
    for name, content in files.items():
        new = folder / f"{name}.{os.getpid()}"
        new.write_bytes(content)
        new.chmod(0o644)
        new.replace(folder / name)
