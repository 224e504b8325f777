"""Extract and compile the message catalogues with Babel alone.

Usage: ``catalogues.py update`` updates the ``.po`` files from the strings marked in code and
templates, and writes a ``.pot`` file for further languages. ``catalogues.py compile`` makes the
``.mo`` files that Django reads. Neither needs gettext on the machine.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
# Which catalogue holds what: the plugin's is part of the wheel, the site's own stays here.
PLUGIN = ("prevent_content", "events", "templates/prevent_*")
SOURCES = {
    "prevent_content": PLUGIN,
    "home": ("home", "templates/home", "templates/*.html"),
}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
# CMS screens and staff emails are in English only: docs/decisions/languages.md.
CMS_ONLY = (
    *("wagtail_hooks.py", "desk", "admin", "review", "places_desk", "data_protection"),
    "deliveries",
    *("webhooks", "widgets", "recurrence_field.py", "previews.py", "migrations", "management"),
    *(
        "checklist",
        "new_event.py",
        "new_event",
        "publishing.py",
        "page_saves.py",
        "reports",
        "companions.py",
    ),
    "preview.html",
    *(
        "api_docs.html",
        "robots.txt",
        "events/models/draft.py",
        "concern_route_changes.py",
        "prevent_content/page_editor_form.py",
        "guide.html",
    ),
    *(
        f"templates/prevent_registrations/emails/{name}.html"
        for name in (
            *(
                "includes/places",
                "staff",
                "account_changed",
                "alarm",
                "assigned",
                "complaint_notice",
                "concern",
                "concern_routes",
            ),
            *(
                "erasure_held",
                "review_due",
                "route_changed",
                "route_waiting",
                "undeliverable",
                "expiry",
            ),
            *("organiser", "organiser_changed", "organiser_date", "organiser_decided"),
            *("organiser_digest", "organiser_needs", "organiser_received", "organiser_withdrawn"),
        )
    ),
)


def files_of(app: str) -> Iterator[Path]:
    """Yield the files with the public text of ``app``, in order."""
    roots = [root for pattern in SOURCES[app] for root in ROOT.glob(pattern)]
    for root in sorted(roots):
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            place = path.relative_to(ROOT)
            names = {*place.parts, str(place)}
            if path.suffix in (".py", ".html", ".txt") and not names & set(CMS_ONLY):
                yield path


def messages_in(path: Path) -> Iterator[tuple]:
    """Yield (line, message, comments, context) of each string marked in ``path``."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        from django.utils.translation.template import templatize

        # Valid Python, except for meaningless indents.
        lines = templatize(text, origin=str(path)).split("\n")
        text = "\n".join(line.strip() for line in lines)
    yield from extract("python", io.BytesIO(text.encode()), KEYWORDS)


def extracted(app: str) -> Catalog:
    """Return every string marked in the public text of ``app``."""
    catalog = Catalog(project="Prevent roundtables", charset="utf-8")
    for path in files_of(app):
        for _line, message, _comments, context in messages_in(path):
            place = (str(path.relative_to(ROOT)), None)
            flags = ("python-format",) if "%(" in str(message) else ()
            catalog.add(message, locations=[place], flags=flags, context=context)
    return catalog


def catalogues() -> Iterator[tuple[str, Path]]:
    """Yield (app, path) of each ``.po`` file."""
    for app in SOURCES:
        for path in sorted((ROOT / app / "locale").glob("*/LC_MESSAGES/django.po")):
            yield app, path


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def update() -> None:
    for app, path in catalogues():
        catalog = read(path)
        catalog.update(extracted(app), no_fuzzy_matching=True, update_creation_date=False)
        with path.open("wb") as file:
            write_po(file, catalog, width=100, ignore_obsolete=True, sort_output=True)
    for app in SOURCES:
        with template_of(app).open("wb") as file:
            write_po(file, extracted(app), width=100, omit_header=True, sort_output=True)


def template_of(app: str) -> Path:
    """Return the path of the ``.pot`` file of ``app``, the start of any new language."""
    return ROOT / app / "locale" / "django.pot"


def compile_all() -> None:
    # Our wording for other packages' strings; nothing here is extracted.
    reworded = ROOT.glob("cms/locale/*/LC_MESSAGES/django.po")
    for path in [*(path for _app, path in catalogues()), *reworded]:
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, read(path))


if __name__ == "__main__":
    {"update": update, "compile": compile_all}[sys.argv[1]]()
