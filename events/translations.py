"""Dates in the reader's language: which translation of its event each is shown as."""

from collections.abc import Iterable

from wagtail.models import Locale, Page

from prevent_content.links import is_open
from prevent_content.translations import has_translations

from .models import EventPage, Occurrence

LISTED_WITHOUT = ("body", "agenda")


def edition_paths(page: Page) -> list[str]:
    """Return the tree paths of ``page`` in all its languages."""
    if not has_translations():
        return [page.path]
    pages = Page.objects.filter(translation_key=page.translation_key)
    return list(pages.order_by("pk").values_list("path", flat=True))


def in_language(rows: Iterable[Occurrence], locale_id: int | None) -> list[Occurrence]:
    """Return ``rows``, each shown as the public page of its event in that language.

    A date whose event has none in it keeps its own, and names that language in
    ``foreign_language``. Two queries at most, and none if everything is in that language.
    """
    rows = list(rows)
    foreign = [row for row in rows if row.event and row.event.locale_id != locale_id]
    if not foreign or locale_id is None:
        return rows
    pages = {
        page.translation_key: page
        for page in EventPage.objects.live()
        .filter(is_open("path"), locale=locale_id)
        .filter(translation_key__in={row.event.translation_key for row in foreign})
        .select_related("venue", "organiser", "image", "locale")
        .defer(*LISTED_WITHOUT)
    }
    languages: dict[int, str] = {}
    for row in foreign:
        if page := pages.get(row.event.translation_key):
            row.show_as(page)
            continue
        if not languages:
            languages |= dict(Locale.objects.values_list("pk", "language_code"))
        row.foreign_language = languages[row.event.locale_id]
    return rows
