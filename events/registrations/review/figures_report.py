"""Attendance by financial year: a chart, a table and a CSV file, of anonymous figures."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from wagtail.admin.utils import get_user_display_name

from events.english_dates import LONDON
from events.models import Occurrence

from .. import permissions
from ..figures import Figures, figures_of, financial_year, year_in_words
from ..models import DateFigures
from .base import ReviewView
from .spreadsheet import CSV, download, local_minute

MONTHS = (
    *("April", "May", "June", "July", "August", "September"),
    *("October", "November", "December", "January", "February", "March"),
)
HEADINGS = (
    *("Date", "Event", "Bookings", "Guests", "Came", "Guests who came", "Did not attend"),
    *("Cancelled", "On the waiting list", "Declined"),
)
COLUMNS = DateFigures.COUNTS
# The drawing's own units: the browser scales it to the available width.
BAR, GAP, HEIGHT = 36, 14, 120


@dataclass(frozen=True, slots=True)
class MonthBar:
    """People who came in one month of the year, and the position of their bar in the drawing."""

    month: str
    came: int
    x: int
    y: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + BAR / 2


class FiguresReportView(ReviewView):
    """The dates of one financial year, April to March, of the events the reader may see."""

    template_name = "prevent_registrations/review/figures.html"
    page_title = "Attendance by year"
    header_icon = "history"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        today = timezone.now().astimezone(LONDON).date()
        dates = list(
            permissions.occurrences_for(request.user)
            .filter(starts_at__lte=timezone.now())
            .exclude(status=Occurrence.Status.CANCELLED)
            .select_related("event")
            .order_by("starts_at", "pk")
        )
        years = sorted({financial_year(row.starts_on) for row in dates} | {financial_year(today)})
        given = request.GET.get("year", "")
        year = int(given) if given in map(str, years) else years[-1]
        shown = [row for row in dates if financial_year(row.starts_on) == year]
        found = figures_of(shown)
        rows = [(row, found[row.pk]) for row in shown]
        if request.GET.get("format") == CSV:
            return self.csv(year, rows)
        return self.render_to_response(
            self.get_context_data(
                year=year,
                years=[(each, year_in_words(each)) for each in reversed(years)],
                name=year_in_words(year),
                rows=rows,
                total=sum(found.values(), Figures()),
                choices=self.choices(shown),
                bars=bars(rows),
                width=len(MONTHS) * (BAR + GAP),
                height=HEIGHT,
                bar=BAR,
            )
        )

    def choices(self, shown: list[Occurrence]) -> list[tuple[Occurrence, list[dict]]]:
        """Return the saved choices by date, sensitive ones for readers with that right."""
        may_see = permissions.may(self.request.user, permissions.VIEW_SENSITIVE)
        saved = DateFigures.objects.in_bulk([row.pk for row in shown])
        found = [
            (row, [each for each in saved[row.pk].choices if may_see or not each["sensitive"]])
            for row in shown
            if row.pk in saved
        ]
        return [(row, choices) for row, choices in found if choices]

    def csv(self, year: int, rows: list[tuple[Occurrence, Figures]]) -> HttpResponseBase:
        now = timezone.now()
        about = [
            [f"Attendance, April {year} to March {year + 1}"],
            ["Exported by", get_user_display_name(self.request.user)],
            ["Exported at", local_minute(now)],
        ]
        table = [
            [f"{row.starts_on:%Y-%m-%d}", row.title, *map(str, counts(figures))]
            for row, figures in rows
        ]
        return download("attendance", CSV, about, [[list(HEADINGS), *table]], at=now)


def counts(figures: Figures) -> list[int]:
    return [getattr(figures, name) for name in COLUMNS]


def bars(rows: list[tuple[Occurrence, Figures]]) -> list[MonthBar]:
    """Return how many people, including guests, came in each month from April to March."""
    came = [0] * len(MONTHS)
    for row, figures in rows:
        came[(row.starts_on.month - 4) % 12] += figures.people_who_came
    most = max([*came, 1])
    return [
        MonthBar(
            month,
            number,
            place * (BAR + GAP) + GAP // 2,
            HEIGHT - round(number / most * HEIGHT, 1),
            round(number / most * HEIGHT, 1),
        )
        for place, (month, number) in enumerate(zip(MONTHS, came, strict=True))
    ]
