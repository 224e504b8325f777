"""The site's search: public pages by their words, and the dates of events beside them."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from modelsearch.query import Fuzzy, PlainText
from wagtail.models import Locale, Page, Site

from .english_dates import LONDON, MONTH_NAMES, TypedDateError, read_date
from .listing import Month
from .models import EventPage, Occurrence
from .models.occurrences import site_roots
from .translations import in_language

LONGEST_QUERY = 200
MOST_WORDS = 12
PER_PAGE = 10
LAST_PAGE = 100
EVENTS_ASKED = 20
DATES_SHOWN = 5
PASSAGE = 200

_PAGE = re.compile(r"[0-9]{1,3}", re.ASCII)
_MONTH_IN_WORDS = re.compile(r"([a-z]{3,9})(?: ([0-9]{4}))?", re.I)


class SearchError(ValueError):
    """The address asks for something that cannot be; the message is for the visitor."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page that was found, with its words marked."""

    page: Page
    title: SafeString
    passage: SafeString


@dataclass(frozen=True, slots=True)
class SearchResults:
    """A page of what was found. ``is_near`` says that the spelling was taken loosely."""

    found: list[SearchResult]
    dates: list[Occurrence]
    count: int
    number: int
    is_near: bool

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        is_last = self.number * PER_PAGE >= self.count or self.number == LAST_PAGE
        return None if is_last else self.number + 1


def words_of(text: str) -> list[str]:
    """Return the words of a query: runs of letters, marks and digits of any script.

    Raises ``SearchError`` if there are none, or more than anybody searches for.
    """
    if len(text) > LONGEST_QUERY:
        raise SearchError(
            _("Search for %(number)d characters or fewer") % {"number": LONGEST_QUERY}
        )
    plain = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text)
    words = list(dict.fromkeys(plain.split()))
    if not words:
        raise SearchError(_("Enter letters or numbers to search for"))
    if len(words) > MOST_WORDS:
        raise SearchError(_("Search for %(number)d words or fewer") % {"number": MOST_WORDS})
    return words


def page_number(text: str) -> int:
    if not text:
        return 1
    if not _PAGE.fullmatch(text) or not 1 <= int(text) <= LAST_PAGE:
        raise SearchError(_("There is no such page of results. Go back to the first page"))
    return int(text)


def search(site: Site, text: str, *, number: int, at: datetime) -> SearchResults:
    """Return page ``number`` of what the public may read that has the words of ``text``.

    On PostgreSQL, where the extension pg_trgm is, words of a similar spelling are found if no
    page has these. Raises ``SearchError`` with a sentence for what cannot be searched for.
    """
    words = words_of(text)
    roots = site_roots(site)
    below = reduce(or_, (Q(path__startswith=path) for path in roots.values()))
    # Pages in every language are found; dates are shown in the language that is read.
    language = get_language() if get_language() in roots else next(iter(roots))
    query = PlainText(" ".join(words))
    pages = Page.objects.live().public().filter(below)
    results = pages.search(query)
    count = results.count()
    is_near = False
    if not count and can_spell_loosely():
        query = Fuzzy(" ".join(words))
        results = pages.search(query)
        count = results.count()
        is_near = count > 0
    start = (number - 1) * PER_PAGE
    if number > 1 and start >= count:
        raise SearchError(_("There are no more results. Go back to the first page"))
    keys = [page.pk for page in results[start : start + PER_PAGE]]
    rows = {page.pk: page for page in Page.objects.filter(pk__in=keys).specific()}
    events = EventPage.objects.live().public().filter(below).search(query)
    wanted = list(events[:EVENTS_ASKED]) if number == 1 else None
    return SearchResults(
        found=[found(rows[key], words) for key in keys if key in rows],
        dates=dates_for(roots, language, text, wanted, at=at) if number == 1 else [],
        count=count,
        number=number,
        is_near=is_near,
    )


def can_spell_loosely() -> bool:
    """Whether the database that is searched can compare spellings."""
    connection = connections[router.db_for_read(Page)]
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        return cursor.fetchone() is not None


def dates_for(
    roots: dict[str, str], language: str, text: str, events: list, *, at: datetime
) -> list[Occurrence]:
    """Return the dates on the day or in the month that ``text`` names, else those of ``events``.

    All of them below the tree paths of ``roots``, in ``language`` as far as they are translated; of
    events only the coming dates, the earliest first.
    """
    public = Occurrence.objects.public().below(*roots.values())
    locale = Locale.objects.filter(language_code=language).first()
    locale_id = locale.pk if locale else None
    if days := days_of(text, today=at.astimezone(LONDON).date()):
        return in_language(public.between(*days).for_display()[:DATES_SHOWN], locale_id)
    if not events:
        return []
    keys = [event.translation_key for event in events]
    coming = public.filter(event__translation_key__in=keys).upcoming(at=at)
    return in_language(coming.for_display()[:DATES_SHOWN], locale_id)


def days_of(text: str, *, today: date) -> tuple[date, date] | None:
    """Return the first and last day of the date or month that ``text`` is, if it is one.

    Without a year it is the next such date or month from ``today`` on.
    """
    try:
        day = read_date(text, upcoming_from=today)
    except TypedDateError:
        month = month_of(" ".join(text.split()), today=today)
        return (month.first, month.last) if month and month.is_listed else None
    return day, day


def month_of(text: str, *, today: date) -> Month | None:
    match = _MONTH_IN_WORDS.fullmatch(text)
    names = [name for name in MONTH_NAMES if match and name.lower().startswith(match[1].lower())]
    if not names:
        return None
    number = MONTH_NAMES.index(names[0]) + 1
    return Month(int(match[2] or today.year + (number < today.month)), number)


def found(page: Page, words: list[str]) -> SearchResult:
    return SearchResult(
        page, marked(page.title, words), marked(passage(text_of(page), words), words)
    )


def text_of(page: Page) -> str:
    """Return the plain text of a page: its summary, and what it is written with."""
    body = getattr(page, "body", None)
    parts = body.stream_block.get_searchable_content(body) if body else []
    return " ".join(" ".join([getattr(page, "summary", ""), *map(str, parts)]).split())


def pattern(words: list[str]) -> re.Pattern:
    """Match words that begin with one of ``words``."""
    choices = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)((?:{choices})\w*)", re.IGNORECASE)


def passage(text: str, words: list[str]) -> str:
    """Return about a sentence of ``text`` around the first of ``words``, else its beginning."""
    match = pattern(words).search(text)
    start = max(match.start() - PASSAGE // 3, 0) if match else 0
    if start:
        start = text.find(" ", start, match.start()) + 1 or match.start()
    end = start + PASSAGE
    if end < len(text):
        end = max(text.rfind(" ", start, end), match.end() if match else 0) or end
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return f"{before}{text[start:end].strip()}{after}"


def marked(text: str, words: list[str]) -> SafeString:
    """Return ``text`` as escaped HTML, each word that begins with one of ``words`` marked."""
    # With its one group, split() returns what is between the matches and the matches in turn.
    parts = enumerate(pattern(words).split(text))
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>", part) if at % 2 else part,) for at, part in parts),
    )


@require_safe
@cache_control(private=True, no_store=True)
def search_page(request: HttpRequest) -> HttpResponse:
    """Show the form, and what was found for ``?query=``; 400 and a sentence if that is no query."""
    text = request.GET.get("query", "").strip()
    site = Site.find_for_request(request)
    if site is None:
        raise ImproperlyConfigured("No Wagtail site serves this address: set a default site.")
    context = {"query": text[:LONGEST_QUERY], "results": None}
    status = 200
    try:
        number = page_number(request.GET.get("page", ""))
        if text:
            context["results"] = search(site, text, number=number, at=timezone.now())
    except SearchError as error:
        context["problem"] = str(error)
        status = 400
    response = TemplateResponse(request, "prevent_events/search.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response
