"""Find the pages below and above a page with few queries."""

from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from wagtail.models import Page, PageViewRestriction
from wagtail.url_routing import RouteResult


class RoutedPageMixin:
    """A page that finds those below it by their whole path, and remembers those above it."""

    # Fetched in the query that finds the page by its address.
    served_with: ClassVar[tuple[str, ...]] = ()

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Find a page below this one by its whole path, instead of one level at a time.

        Anything else is routed by Wagtail.
        """
        if not path_components:
            return super().route(request, [])
        url_path = f"{self.url_path}{'/'.join(path_components)}/"
        found = Page.objects.filter(url_path=url_path).only("content_type").first()
        model = found.specific_class if found else None
        if model is None:
            return super().route(request, path_components)
        related = getattr(model, "served_with", ())
        page = model.objects.select_related(*related).get(pk=found.pk)
        return page.route(request, [])

    @cached_property
    def pages_above(self) -> list[Page]:
        """Return the pages above this one in the tree, from the root down, in one query."""
        return list(self.get_ancestors())

    @cached_property
    def view_restrictions(self) -> QuerySet:
        line = [*self.pages_above, self]
        if any(page.alias_of_id for page in line):
            return super().get_view_restrictions()
        return PageViewRestriction.objects.filter(page__in=[page.pk for page in line])

    def get_view_restrictions(self) -> QuerySet:
        # Wagtail asks before it serves a page, and the page may ask again.
        return self.view_restrictions
