"""Which pages everybody may read: those with no view restriction on themselves or above them."""

from django.db.models import Case, Exists, OuterRef, Q, Subquery, When
from django.db.models.functions import Left, Length
from wagtail.models import Page, PageViewRestriction


def is_open(path: str) -> Case:
    """Return whether no page on the way to the tree path in the field ``path`` is restricted.

    Written so that no database makes a join of it: SQLite may then read every page for each row,
    and PostgreSQL every page for each list. The restrictions are few.
    """
    restricted = Page.objects.filter(pk=OuterRef("page_id")).values("path")
    restrictions = PageViewRestriction.objects.annotate(path=Subquery(restricted)).filter(
        path=Left(OuterRef(path), Length("path"))
    )
    return Case(When(Exists(restrictions), then=False), default=True)


def restricted_pages(prefix: str = "") -> Q:
    """Return what finds the pages that only some may read; ``prefix`` leads to the page."""
    found = Q(pk__in=[])
    for path in PageViewRestriction.objects.values_list("page__path", flat=True):
        found |= Q(**{f"{prefix}path__startswith": path})
    return found
