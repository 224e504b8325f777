"""The site's search: public pages by their words, and the dates of matching events.

Wagtail's own backend finds pages by their indexed stems, so that SQLite and PostgreSQL find the
same (docs/operators/search.md).
"""

import difflib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import or_

from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from modelsearch.query import And, Or, PlainText, SearchQuery
from wagtail.models import Locale, Page, Site, get_page_models

from prevent_content.public_version import PublicVersion
from prevent_content.search_words import stems_of, telling, words_in

from .english_dates import LONDON
from .listing import Month, days_of
from .models import EventPage, Occurrence, SearchSynonyms
from .models.occurrences import AttendanceMode, OccurrenceQuerySet, site_roots
from .translations import in_language

LONGEST_QUERY = 200
MOST_WORDS = 12
PER_PAGE = 10
LAST_PAGE = 100
# Beyond this many pages, those the database ranks last are left out.
MOST_PAGES = 300
DATES_SHOWN, MOST_DATES_ASKED_FOR = 3, 10
PASSAGE = 200
# How similar a misspelt word must be, from 0 to 1, and how long.
ALIKE = 0.75
SHORTEST_MISSPELT = 4
VOCABULARY_SECONDS = 3600

# Vowel signs of Arabic and Indian scripts are parts of words too.
_WORD = re.compile(r"([\w\u0300-\u036f\u064b-\u065f\u0900-\u0dff]+)")
_PAGE = re.compile(r"[0-9]{1,3}", re.ASCII)
_YEAR = re.compile("[0-9]{4}", re.ASCII)


class SearchError(ValueError):
    """The address asks for something impossible; the message is for the visitor."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page that was found, with the matching words marked."""

    page: Page
    title: SafeString
    passage: SafeString


@dataclass(frozen=True, slots=True)
class SearchResults:
    """A page of search results.

    ``corrected`` is the query searched for instead of a misspelt one. ``is_partial`` says that no
    page has all the words. ``asked`` is the day or month in the query, and ``next`` the next date
    if there is none then.
    """

    found: list[SearchResult]
    dates: list[Occurrence]
    count: int
    number: int
    corrected: str = ""
    is_partial: bool = False
    asked_for_date: bool = False
    next_date: Occurrence | None = None

    @property
    def is_near(self) -> bool:
        """Whether no page has all the words as typed."""
        return bool(self.corrected) or self.is_partial

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        is_last = self.number * PER_PAGE >= self.count or self.number == LAST_PAGE
        return None if is_last else self.number + 1


def words_of(text: str) -> list[str]:
    """Return the distinct words of a query.

    Raises ``SearchError`` if there are none, or too many.
    """
    if len(text) > LONGEST_QUERY:
        raise SearchError(
            _("Search for %(number)d characters or fewer") % {"number": LONGEST_QUERY}
        )
    words = list(dict.fromkeys(words_in(text)))
    if not words:
        raise SearchError(_("Enter letters or numbers to search for"))
    if len(words) > MOST_WORDS:
        raise SearchError(_("Search for %(number)d words or fewer") % {"number": MOST_WORDS})
    return words


def page_number(text: str) -> int:
    if not text:
        return 1
    if not _PAGE.fullmatch(text) or not 1 <= int(text) <= LAST_PAGE:
        raise SearchError(_("We cannot find that page of results. Go back to the first page"))
    return int(text)


def search(site: Site, text: str, *, number: int, at: datetime) -> SearchResults:
    """Return page ``number`` of the public results for the words of ``text``.

    If no page has them all, misspelt words are corrected; failing that, any of the words will do.
    Raises ``SearchError`` with a sentence if it cannot search for that.
    """
    words = telling(words_of(text))
    roots = site_roots(site)
    # Finds pages in every language, and shows dates in the active one.
    language = get_language() if get_language() in roots else next(iter(roots))
    public = Occurrence.objects.public().below(*roots.values())
    pages = searched_pages(roots)
    groups = groups_of(words)
    corrected, is_partial = "", False
    keys = keys_for(pages, query_for(groups, And))
    if not keys:
        spelt = spelt_right(words, vocabulary(site, pages))
        if spelt != words:
            corrected, words = " ".join(spelt), spelt
            groups = groups_of(words)
            keys = keys_for(pages, query_for(groups, And))
    if not keys and len(groups) > 1:
        keys = keys_for(pages, query_for(groups, Or))
        is_partial = bool(keys)
    start = (number - 1) * PER_PAGE
    if number > 1 and start >= len(keys):
        raise SearchError(_("There are no more results. Go back to the first page"))
    rows = {page.pk: page for page in Page.objects.filter(pk__in=keys).specific()}
    events = [row for row in rows.values() if isinstance(row, EventPage)]
    coming = public.upcoming(at=at).filter(
        event__translation_key__in=[event.translation_key for event in events]
    )
    shared = set(coming.values_list("event__translation_key", flat=True))
    going_on = {event.pk for event in events if event.translation_key in shared}
    last = {event.pk for event in events} - going_on
    last |= {page.pk for page in rows.values() if page.path in roots.values()}
    known = (key for key in keys if key in rows)
    ranked = sorted(known, key=lambda key: rank(rows[key], groups, last, going_on))
    marks = {stem for group in groups for term in group for stem in term}
    shown = [rows[key] for key in ranked[start : start + PER_PAGE]]
    results = SearchResults(
        found=[found(page, marks) for page in shown],
        dates=[],
        count=len(ranked),
        number=number,
        corrected=corrected,
        is_partial=is_partial,
    )
    if number > 1:
        return results
    # Dates come first on the page, so they are shown only if an event is the best result.
    if not ranked or ranked[0] not in going_on:
        coming = coming.none()
    return with_dates(results, public, coming, text, language, at=at)


def searched_pages(roots: dict[str, str]) -> QuerySet[Page]:
    """Return the public pages below ``roots``, without those found through another page."""
    below = reduce(or_, (Q(path__startswith=path) for path in roots.values()))
    hidden = [model for model in get_page_models() if not getattr(model, "is_searched", True)]
    pages = Page.objects.live().public().filter(below)
    return pages.not_type(*hidden) if hidden else pages


def groups_of(words: list[str]) -> list[list[tuple[str, ...]]]:
    """Return for each of ``words`` the terms, as stems, that may match it: itself first."""
    synonyms = [row.terms for row in SearchSynonyms.objects.all()]
    groups = []
    for stem in stems_of(words):
        own = (stem,)
        others = (term for terms in synonyms if own in terms for term in terms)
        groups.append(list(dict.fromkeys([own, *others])))
    return groups


def query_for(groups: list[list[tuple[str, ...]]], kind: type[And | Or]) -> SearchQuery:
    """Return the query for pages that have a term of each group, or of any."""
    parts = []
    for group in groups:
        terms = [PlainText(" ".join(term), operator="and") for term in group]
        parts.append(Or(terms) if len(terms) > 1 else terms[0])
    return kind(parts) if len(parts) > 1 else parts[0]


def keys_for(pages: QuerySet[Page], query: SearchQuery) -> list[int]:
    """Return the keys of the pages that match ``query``, best first."""
    return [page.pk for page in pages.search(query)[:MOST_PAGES]]


def rank(
    page: Page, groups: list[list[tuple[str, ...]]], last: set[int], coming: set[int]
) -> tuple[bool, ...]:
    """Return the sort key of a page, which goes before the database's order.

    The words as the title or in it count most, then in the summary, then anywhere on the page of a
    ``coming`` event, then synonyms in the title. The pages ``last``, past events and the home page,
    come after all others.
    """
    stems = [group[0][0] for group in groups]
    title = set(stems_of(words_in(page.title)))
    summary = set(stems_of(words_in(f"{getattr(page, 'summary', '')} {page.search_description}")))
    is_event = page.pk in coming and set(stems_of(words_in(text_of(page)))).issuperset(stems)
    means_title = all(any(title.issuperset(term) for term in group) for group in groups)
    has = (title.issuperset(stems), summary.issuperset(stems))
    right = (title == set(stems), *has, is_event, means_title)
    return (page.pk in last, *(not part for part in right))


def vocabulary(site: Site, pages: QuerySet[Page]) -> set[str]:
    """Return the words of the public pages, for correcting misspelt ones."""

    def collected() -> set[str]:
        texts = (text_of(page) for page in pages.specific()[:MOST_PAGES])
        return {word.casefold() for text in texts for word in words_in(text)}

    version = PublicVersion.current().number
    return cache.get_or_set(f"search.vocabulary.{site.pk}.{version}", collected, VOCABULARY_SECONDS)


def spelt_right(words: list[str], known: set[str]) -> list[str]:
    """Return ``words``, replacing each unknown word by the most similar known one."""
    known_stems = set(stems_of(known))
    for row in SearchSynonyms.objects.all():
        known_stems.update(stem for term in row.terms for stem in term)
        known = known | {word.casefold() for word in words_in(row.words)}
    candidates = sorted(word for word in known if len(word) >= SHORTEST_MISSPELT)
    spelt = []
    for word, stem in zip(words, stems_of(words), strict=True):
        near: list[str] = []
        if stem not in known_stems and len(word) >= SHORTEST_MISSPELT:
            near = difflib.get_close_matches(word.casefold(), candidates, n=1, cutoff=ALIKE)
        spelt.append(near[0] if near else word)
    return spelt


def with_dates(
    results: SearchResults,
    public: OccurrenceQuerySet,
    coming: OccurrenceQuerySet,
    text: str,
    language: str,
    *,
    at: datetime,
) -> SearchResults:
    """Add the dates on the day or in the month that ``text`` names, else those ``coming``.

    Earliest first, in ``language`` where translated. A search for what is online finds the dates
    that are.
    """
    locale = Locale.objects.filter(language_code=language).first()

    def shown(dates: OccurrenceQuerySet, most: int = DATES_SHOWN) -> list[Occurrence]:
        return in_language(dates.for_display()[:most], locale.pk if locale else None)

    upcoming = public.upcoming(at=at)
    if days := days_of(text, today=at.astimezone(LONDON).date()):
        dates = shown(public.between(*days), MOST_DATES_ASKED_FOR)
        if not dates and days[0] != days[1] and not _YEAR.search(text):
            # This year's month is over or has no dates: use next year's.
            month = Month(days[0].year + 1, days[0].month)
            dates = shown(public.between(month.first, month.last), MOST_DATES_ASKED_FOR)
        next_date = None if dates else next(iter(shown(upcoming, 1)), None)
        return replace(results, dates=dates, asked_for_date=True, next_date=next_date)
    if "onlin" in stems_of(words_in(text)):
        is_online = Q(status=Occurrence.Status.MOVED_ONLINE) | ~Q(
            event__attendance_mode=AttendanceMode.IN_PERSON
        )
        if dates := shown(upcoming.filter(is_online)):
            return replace(results, dates=dates)
    return replace(results, dates=shown(coming))


def found(page: Page, stems: set[str]) -> SearchResult:
    return SearchResult(
        page, marked(page.title, stems), marked(passage(text_of(page), stems), stems)
    )


def text_of(page: Page) -> str:
    """Return the whole searchable text of a page."""
    texts = getattr(page, "search_texts", None) or [page.search_description]
    lines = (" ".join(text.split()) for text in texts if text.strip())
    return " ".join(line if line.endswith((".", "?", "!", ":")) else f"{line}." for line in lines)


def passage(text: str, stems: set[str]) -> str:
    """Return about a sentence of ``text`` around the first word with one of ``stems``."""
    words = list(_WORD.finditer(text))
    known = zip(words, stems_of(word[0] for word in words), strict=True)
    match = next((word for word, stem in known if stem in stems), None)
    start = max(match.start() - PASSAGE // 3, 0) if match else 0
    if start:
        start = text.find(" ", start, match.start()) + 1 or match.start()
    end = start + PASSAGE
    if end < len(text):
        end = max(text.rfind(" ", start, end), match.end() if match else 0) or end
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return f"{before}{text[start:end].strip()}{after}"


def marked(text: str, stems: set[str]) -> SafeString:
    """Return ``text`` as escaped HTML, marking each word with one of ``stems``."""
    # The pattern has one group, so split() returns text and words alternately.
    parts = _WORD.split(text)
    known = stems_of(parts[1::2])
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", part),)
            if at % 2 and known[at // 2] in stems
            else (part,)
            for at, part in enumerate(parts)
        ),
    )


@require_safe
@cache_control(private=True, no_store=True)
def search_page(request: HttpRequest) -> HttpResponse:
    """Show the form and the results for ``?query=``; 400 and a sentence for an invalid query."""
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
