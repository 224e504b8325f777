"""Finding a page below another by its address, in three queries however deep it is."""

from django.http import HttpRequest
from wagtail.models import Page
from wagtail.url_routing import RouteResult


class DirectRouteMixin:
    """A page that finds what is below it without fetching every page on the way whole.

    Wagtail asks for two queries a level. What it does is kept: a page of a class with a way of
    routing of its own takes over as usual, and so does Wagtail wherever nothing is found.
    """

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        if len(path_components) > 1 and (page := self.find_below(path_components)):
            return page.route(request, [])
        return super().route(request, path_components)

    def find_below(self, path_components: list[str]) -> Page | None:
        """Return the page at an address below this one, if every page on the way only passes on."""
        *slugs, last = path_components
        addresses = [
            f"{self.url_path}{'/'.join(slugs[:depth])}/" for depth in range(1, len(slugs) + 1)
        ]
        # By slug as well: that is what there is an index on.
        way = {
            page.url_path: page
            for page in Page.objects.descendant_of(self).filter(
                slug__in=slugs, url_path__in=addresses
            )
        }
        parent: Page = self
        for address in addresses:
            page = way.get(address)
            if page is None or not passes_on(page):
                return None
            page._cached_parent_obj = parent
            parent = page
        found = parent.get_children().filter(slug=last).first()
        if found is None:
            return None
        found._cached_parent_obj = parent
        return found.specific


def passes_on(page: Page) -> bool:
    """Whether the class of ``page`` routes as Wagtail does, to its children by their slugs."""
    model = page.specific_class
    return model is not None and model.route in (Page.route, DirectRouteMixin.route)
