"""Finding a page by its address in two queries, however deep in the tree it is.

Wagtail asks for two queries a level. What it does is kept: a page of a class with a way of routing
of its own takes over as usual, and so does Wagtail wherever nothing is found.
"""

from collections.abc import Callable, Sequence
from functools import cache

from django.conf import settings
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Left, Length
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils.translation import get_language
from wagtail.coreutils import get_supported_content_language_variant
from wagtail.models import Page, PageViewRestriction, Site

from .prepared import Prepared

# The tree of pages has no more: its paths are of 255 characters, four for each level.
MOST_LEVELS = 63


class DirectRouteMixin:
    """A page that finds what is below it without fetching every page on the way whole."""

    def route(self, request: HttpRequest, path_components: list[str]):
        if len(path_components) > 1 and (page := self.find_below(path_components)):
            return page.route(request, [])
        return super().route(request, path_components)

    def find_below(self, path_components: list[str]) -> Page | None:
        """Return the page at an address below this one, if every page on the way only passes on."""
        return find_page(self, path_components)

    @classmethod
    def for_routing(cls, pages: QuerySet) -> QuerySet:
        """Return ``pages`` of this class with what every visit to one of them reads."""
        return pages

    def get_view_restrictions(self) -> QuerySet[PageViewRestriction]:
        # Whoever came here by its address has looked at every page above it.
        if getattr(self, "is_known_to_be_open", False):
            return PageViewRestriction.objects.none()
        return super().get_view_restrictions()


class DirectRouteMiddleware:
    """Finds the page of a request before Wagtail does, from the root of its site.

    Wagtail would fetch the whole root page too, to ask for what stands below it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> None:
        find_route(request, args, kwargs)


def find_route(request: HttpRequest, args, kwargs) -> Page | None:
    """Return the page that Wagtail is about to serve, which then does not look for it again.

    None if it is not Wagtail that serves ``request``, and where Wagtail has to look itself.
    """
    match = request.resolver_match
    if match is None or match.url_name != "wagtail_serve":
        return None
    if not hasattr(request, "_wagtail_route_for_request"):
        site = site_of(request)
        path = args[0] if args else kwargs.get("path", "")
        page = find_in_language(site.root_page, path) if site else None
        if page is None:
            return None
        try:
            request._wagtail_route_for_request = page.route(request, [])
        except Http404:
            request._wagtail_route_for_request = None
    route = request._wagtail_route_for_request
    return route[0] if route else None


def site_of(request: HttpRequest) -> Site | None:
    """Return the site that Wagtail finds for ``request``, which then does not look for it again."""
    if not hasattr(request, "_wagtail_site"):
        hostname = split_domain_port(request._get_raw_host())[0]
        sites = sites_of_host(hostname)
        request._wagtail_site = choose_site(sites, hostname, request.get_port())
    return request._wagtail_site


sites_of_host = Prepared(
    lambda hostname: Site.objects.filter(
        Q(hostname=hostname) | Q(is_default_site=True)
    ).select_related("root_page")
)


def choose_site(sites: Sequence[Site], hostname: str, port: str) -> Site | None:
    """Return which of ``sites``, those of the name and the default one, has name and port."""
    named = [site for site in sites if site.hostname == hostname]
    default = next((site for site in sites if site.is_default_site), None)
    if exact := next((site for site in named if str(site.port) == port), None):
        return exact
    if default in named or len(named) != 1:
        return default
    return named[0]


def find_in_language(root: Page, path: str) -> Page | None:
    """Return the page at ``path`` below the translation of ``root`` that is being read."""
    components = [component for component in path.split("/") if component]
    if components and not passes_on(root):
        return None
    if not getattr(settings, "WAGTAIL_I18N_ENABLED", False):
        return find_page(root, components)
    language = get_supported_content_language_variant(get_language())
    if page := find_page(root, components, language=language):
        return page
    translated = root.localized
    return find_page(translated, components) if translated != root else None


def find_page(top: Page, components: list[str], *, language: str = "") -> Page | None:
    """Return the page at the address of ``components`` below ``top``, as its own class.

    None where one of the pages between them routes in a way of its own, where there is none, and
    where ``top`` is in another language than the one that is asked for.
    """
    if len(components) > MOST_LEVELS:
        return None
    addresses = [
        f"{top.url_path}{'/'.join(components[:depth])}/" for depth in range(1, len(components) + 1)
    ]
    above = [top.path[:end] for end in range(top.steplen, len(top.path) + 1, top.steplen)]
    way = pages_on_way(
        tuple(above),
        top.path if components else None,
        tuple(components),
        tuple(addresses),
        bool(language),
    )
    if language and not any(page == top and page.locale.language_code == language for page in way):
        return None
    by_address = {page.url_path: page for page in way if page.path not in above}
    passed = [page for page in way if page.path in above]
    found = top
    for number, address in enumerate(addresses):
        page = by_address.get(address)
        if page is None or (number and not passes_on(found)):
            return None
        page._cached_parent_obj = found
        passed.append(page)
        found = page
    page = fetch_whole(found)
    if page is None:
        return None
    if components:
        page._cached_parent_obj = found._cached_parent_obj
    # An alias is as open as the page that it mirrors, which is somewhere else.
    page.is_known_to_be_open = not any(each.has_restriction or each.alias_of_id for each in passed)
    return page


@Prepared
def pages_on_way(
    above: tuple[str, ...],
    top: str | None,
    slugs: tuple[str, ...],
    addresses: tuple[str, ...],
    with_language: bool,
) -> QuerySet:
    """Return the pages at the paths ``above``, and at ``addresses`` below the path ``top``."""
    wanted = Q(path__in=above)
    if top is not None:
        # By slug as well: that is what there is an index on.
        wanted |= Q(path__startswith=top, slug__in=slugs, url_path__in=addresses)
    pages = with_openness(Page.objects).filter(wanted)
    return pages.select_related("locale") if with_language else pages


def with_openness(pages) -> QuerySet:
    """Let each of ``pages`` say whether it is restricted itself."""
    restrictions = PageViewRestriction.objects.filter(page=OuterRef("pk"))
    return pages.annotate(has_restriction=Exists(restrictions))


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


def fetch_whole(page: Page) -> Page | None:
    """Return ``page`` as its own class, if the program still has that."""
    model = page.specific_class
    found = of_class(model)(page.pk) if model else None
    return found[0] if found else None


@cache
def of_class(model: type[Page]) -> Prepared:
    """Return how to ask for a page of ``model`` by its key, with what a visit to it reads."""

    def pages(key: int) -> QuerySet:
        found = model._default_manager.filter(pk=key)
        return model.for_routing(found) if issubclass(model, DirectRouteMixin) else found

    return Prepared(pages)


def passes_on(page: Page) -> bool:
    """Whether the class of ``page`` routes as Wagtail does, to its children by their slugs."""
    model = page.specific_class
    return model is not None and model.route in (Page.route, DirectRouteMixin.route)
