"""The dates an event index shows: coming or past, by month, a page at a time."""

import calendar
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.models import Page

from .availability import add_availability
from .dates_in_words import month_and_year
from .english_dates import LONDON, MONTH_NAMES, TypedDateError, read_date
from .models import AttendanceMode, Occurrence
from .models.occurrences import OccurrenceQuerySet
from .translations import edition_paths, in_language

PER_PAGE = 20
LAST_PAGE = 500
FIRST_YEAR, LAST_YEAR = 2000, 2100

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)
_PAGE = re.compile(r"[0-9]{1,4}", re.ASCII)
_MONTH_IN_WORDS = re.compile(r"([a-z]{3,9})(?: ([0-9]{4}))?", re.I)
_MONTHS = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTH_NAMES)
_DATE_IN_TEXT = re.compile(
    rf"(?<!\w)(?:[0-9]{{1,2}}(?:st|nd|rd|th)? )?(?:{_MONTHS})(?: [0-9]{{4}})?(?!\w)", re.I
)


class ListingError(ValueError):
    """The address asks for something impossible; the message is for the visitor."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Return the month of ``YYYY-MM``; raise ``ListingError`` for anything else."""
        found = _MONTH.fullmatch(text)
        month = cls(int(found[1]), int(found[2])) if found else None
        if month is None or not month.is_listed:
            raise ListingError(_("We cannot show that month"))
        return month

    @property
    def is_listed(self) -> bool:
        return FIRST_YEAR <= self.year <= LAST_YEAR

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return self.first.replace(day=calendar.monthrange(self.year, self.number)[1])

    @property
    def previous(self) -> "Month | None":
        month = of_day(self.first - timedelta(days=1))
        return month if month.is_listed else None

    @property
    def next(self) -> "Month | None":
        month = of_day(self.last + timedelta(days=1))
        return month if month.is_listed else None

    @property
    def name(self) -> str:
        return month_and_year(self.first)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


def of_day(day: date) -> Month:
    return Month(day.year, day.month)


def days_of(text: str, *, today: date) -> tuple[date, date] | None:
    """Return the first and last day of the date or month in ``text``, if it is one.

    Without a year it is the next such date or month from ``today``.
    """
    text = " ".join(text.split())
    if (days := exactly(text, today=today)) or not (named := _DATE_IN_TEXT.search(text)):
        return days
    # "may" is a month only on its own or beside a number.
    if named[0].casefold() == "may":
        return None
    return exactly(named[0], today=today)


def exactly(text: str, *, today: date) -> tuple[date, date] | None:
    try:
        day = read_date(text, upcoming_from=today)
    except TypedDateError:
        month = month_of(text, today=today)
        return (month.first, month.last) if month and month.is_listed else None
    return day, day


def month_of(text: str, *, today: date) -> Month | None:
    match = _MONTH_IN_WORDS.fullmatch(text)
    names = [name for name in MONTH_NAMES if match and name.lower().startswith(match[1].lower())]
    if not names:
        return None
    number = MONTH_NAMES.index(names[0]) + 1
    return Month(int(match[2] or today.year + (number < today.month)), number)


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A cell of the month table; ``occurrences`` start on it."""

    date: date
    in_month: bool
    is_today: bool
    occurrences: list[Occurrence] = field(default_factory=list)

    @property
    def long_name(self) -> str:
        return date_format(self.date, "l j F")


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter for the list of dates; ``query`` selects it in an address."""

    label: str
    query: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of dates, with links to the neighbouring pages."""

    occurrences: list[Occurrence]
    is_past: bool
    month: Month | None
    page: int
    has_next: bool
    weeks: list[list[MonthDay]] | None
    # If the month has no dates: the next one after it begins.
    next_date: Occurrence | None = None
    where: str = ""
    # Empty if there is nothing to choose between.
    filters: list[Filter] = field(default_factory=list)

    @property
    def month_query(self) -> str:
        return f"month={self.month}" if self.month else ""

    def page_query(self, page: int) -> str:
        where = f"where={self.where}" if self.where else ""
        parts = ["when=past" if self.is_past else "", self.month_query, where]
        return "&".join([*filter(None, parts), f"page={page}"])

    @property
    def next_query(self) -> str:
        return self.page_query(self.page + 1) if self.has_next else ""

    @property
    def previous_query(self) -> str:
        return self.page_query(self.page - 1) if self.page > 1 else ""


# The fields that a list reads, and those that make a page and its address.
SHOWN = (
    *(
        "title",
        "date",
        "starts_at",
        "ends_at",
        "previous_starts_at",
        "status",
        "reason",
        "venue",
        "capacity",
    ),
    *("event__attendance_mode", "event__venue", "event__summary"),
    *("event__path", "event__depth", "event__url_path", "event__locale", "event__content_type"),
    "event__translation_key",
)


def page_of(occurrences: OccurrenceQuerySet, number: int) -> OccurrenceQuerySet:
    start = (number - 1) * PER_PAGE
    return for_list(occurrences)[start : start + PER_PAGE + 1]


def for_list(occurrences: OccurrenceQuerySet) -> OccurrenceQuerySet:
    """Return ``occurrences`` with the fields, events and venues a list shows."""
    return (
        occurrences.select_related("event").only(*SHOWN).prefetch_related("venue", "event__venue")
    )


def list_occurrences(index: Page, query: dict[str, str], *, at: datetime) -> Listing:
    """Return the listing that ``query`` (when, month, view, page) asks for at ``at``.

    It lists the public dates of events below ``index`` in any of its languages, each once, in the
    language of ``index`` where the event has it. Fetches one page and one more row, and never
    counts: the cost does not grow with the number of dates. Raises ``ListingError`` for an
    impossible query.
    """
    when = query.get("when", "")
    if when not in ("", "past", "upcoming"):
        raise ListingError(_("Choose upcoming or past events"))
    view = query.get("view", "")
    if view not in ("", "list", "calendar"):
        raise ListingError(_("Choose the list or the calendar"))
    month = Month.parse(query["month"]) if query.get("month") else None
    page = 1 if view == "calendar" else page_number(query.get("page", ""))
    occurrences = Occurrence.objects.public().below(*edition_paths(index))
    where = query.get("where", "")
    if view == "calendar":
        month = month or month_of_next(occurrences, at=at)
        weeks = month_table(occurrences, month, locale_id=index.locale_id, at=at)
        is_empty = not any(day.occurrences for week in weeks for day in week)
        next_date = next_from(occurrences, month, at=at) if is_empty else None
        return Listing([], False, month, 1, False, weeks, next_date)
    if month:
        chosen = occurrences.between(month.first, month.last)
    else:
        chosen = occurrences.past(at=at) if when == "past" else occurrences.upcoming(at=at)
    filters = filters_of(chosen, where)
    if where not in {"", *MODES, *(choice.query for choice in filters)}:
        raise ListingError(_("Choose online, in person or a place from the list"))
    rows = in_language(page_of(held(chosen, where), page), index.locale_id)
    if page > 1 and not rows:
        raise ListingError(_("There are no more events. Go back to the first page"))
    next_date = next_from(occurrences, month, at=at) if month and not rows else None
    add_availability(rows[:PER_PAGE], at=at)
    return Listing(
        rows[:PER_PAGE],
        when == "past",
        month,
        page,
        len(rows) > PER_PAGE,
        None,
        next_date,
        where,
        filters,
    )


MODES = ("in-person", "online")
IS_ONLINE = Q(status=Occurrence.Status.MOVED_ONLINE) | Q(
    event__attendance_mode=AttendanceMode.ONLINE
)


def held(occurrences: OccurrenceQuerySet, where: str) -> OccurrenceQuerySet:
    """Return the dates held online, in person or at a venue."""
    if not where:
        return occurrences
    if where == "online":
        return occurrences.filter(IS_ONLINE | Q(event__attendance_mode=AttendanceMode.BOTH))
    if where == "in-person":
        return occurrences.exclude(IS_ONLINE)
    at_venue = Q(venue=where) | Q(venue=None, event__venue=where)
    return occurrences.exclude(IS_ONLINE).filter(at_venue)


def filters_of(occurrences: OccurrenceQuerySet, where: str) -> list[Filter]:
    """Return the filters by where ``occurrences`` are held; empty if there is only one."""
    choices: dict[str, str] = {}
    venues: dict[int, str] = {}
    rows = occurrences.order_by().values_list(
        *("status", "event__attendance_mode"),
        *("venue", "venue__name", "event__venue", "event__venue__name"),
    )
    for status, mode, own_key, own_name, key, name in rows.distinct():
        is_online = status == Occurrence.Status.MOVED_ONLINE or mode == AttendanceMode.ONLINE
        if is_online or mode == AttendanceMode.BOTH:
            choices["online"] = _("Online")
        if not is_online:
            choices["in-person"] = _("In person")
            venues |= {own_key: own_name} if own_key else {key: name} if key else {}
    if len(venues) > 1:
        choices |= {str(key): venues[key] for key in sorted(venues)}
    if len(choices) < 2 and not where:
        return []
    modes = [mode for mode in MODES if mode in choices]
    keys = [*modes, *(key for key in choices if key not in modes)]
    every = Filter(_("All"), "", not where)
    return [every, *(Filter(choices[key], key, key == where) for key in keys)]


def month_of_next(occurrences: OccurrenceQuerySet, *, at: datetime) -> Month:
    """Return the month of the next date, or the current one if none is planned."""
    coming = for_list(occurrences.upcoming(at=at)).first()
    return of_day(coming.starts_on if coming else at.astimezone(LONDON).date())


def next_from(occurrences: OccurrenceQuerySet, month: Month, *, at: datetime) -> Occurrence | None:
    """Return the first coming date after the start of ``month``."""
    since = max(at, datetime.combine(month.first, time.min, LONDON))
    return for_list(occurrences.upcoming(at=since)).first()


def page_number(text: str) -> int:
    if not text:
        return 1
    if not _PAGE.fullmatch(text) or not 1 <= int(text) <= LAST_PAGE:
        raise ListingError(_("We cannot find that page of events. Go back to the first page"))
    return int(text)


def month_table(
    occurrences: OccurrenceQuerySet, month: Month, *, locale_id: int, at: datetime
) -> list[list[MonthDay]]:
    """Return the weeks of ``month``, Monday first, each of seven days."""
    days: dict[date, list[Occurrence]] = {}
    of_month = for_list(occurrences.between(month.first, month.last))
    for occurrence in in_language(of_month, locale_id):
        days.setdefault(occurrence.starts_on, []).append(occurrence)
    today = at.astimezone(LONDON).date()
    return [
        [MonthDay(day, day.month == month.number, day == today, days.get(day, [])) for day in week]
        for week in calendar.Calendar().monthdatescalendar(month.year, month.number)
    ]
