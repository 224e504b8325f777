"""Template tags for the header and footer: the site's menu and footer links."""

from dataclasses import dataclass

from django import template
from django.db.models import Case, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from wagtail.coreutils import get_supported_content_language_variant
from wagtail.models import Page, Site

from home.models import MENU_LEVELS, FooterPage
from prevent_content.links import is_open

register = template.Library()


@dataclass(frozen=True, slots=True)
class Frame:
    """The pages that every page of the site links to."""

    menu: list[Page]
    footer: list[Page]


@register.simple_tag(takes_context=True)
def site_frame(context: template.Context) -> Frame:
    """Return the pages of the menu and the footer, in one query."""
    request = context.get("request")
    site = Site.find_for_request(request) if request else None
    return frame_of(site) if site else Frame([], [])


@register.inclusion_tag("home/includes/menu.html", takes_context=True)
def site_menu(context: template.Context, pages: list[Page], page: object) -> dict:
    """List ``pages``, marking the one nearest above ``page``."""
    here = page.path if isinstance(page, Page) else ""
    links = [
        {"page": row, "is_here": row.path == here, "is_above": here.startswith(row.path)}
        for row in pages
    ]
    above = [link for link in links if link["is_above"]]
    nearest = above[-1] if above else None
    return {"links": links, "nearest": nearest, "request": context.get("request")}


def frame_of(site: Site) -> Frame:
    """Return the published pages of ``site`` that are marked "show in menus", in the language that
    is being read and in the order of the tree, and those that its footer links to, in their order.
    """
    language = get_supported_content_language_variant(get_language())
    # Cached by Wagtail.
    roots = {
        row.language_code: row.root_path
        for row in Site.get_site_root_paths()
        if row.site_id == site.pk
    }
    root_path = roots.get(language, site.root_page.url_path)
    marked = Q(
        is_open("path"),
        url_path__startswith=root_path,
        show_in_menus=True,
        depth__gt=site.root_page.depth,
        depth__lte=site.root_page.depth + MENU_LEVELS,
    )
    in_footer = FooterPage.objects.filter(settings__site=site)
    place = in_footer.filter(page=OuterRef("pk")).values("sort_order")[:1]
    pages = (
        Page.objects.live()
        .filter(marked | Q(pk__in=in_footer.values("page")))
        .annotate(is_marked=Case(When(marked, then=True), default=False))
        .annotate(
            is_in_footer=Case(When(pk__in=in_footer.values("page"), then=True), default=False)
        )
        .annotate(footer_place=Coalesce(Subquery(place), 0))
        .order_by("path")
    )
    footer = [page for page in pages if page.is_in_footer]
    return Frame(
        [page for page in pages if page.is_marked],
        sorted(footer, key=lambda page: page.footer_place),
    )
