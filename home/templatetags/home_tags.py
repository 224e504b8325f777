"""Template tags of this site's frame: its menu."""

from django import template
from django.db.models import QuerySet
from django.utils.translation import get_language
from wagtail.coreutils import get_supported_content_language_variant
from wagtail.models import Page, Site

from prevent_content.links import is_open

register = template.Library()

# The home page's children and theirs: deeper pages are found through these.
MENU_LEVELS = 2


@register.inclusion_tag("home/includes/menu.html", takes_context=True)
def site_menu(context: template.Context, page: object) -> dict:
    """List the published pages that are marked "show in menus", in the order of the tree."""
    request = context.get("request")
    site = Site.find_for_request(request) if request else None
    if site is None:
        return {"links": []}
    here = page.path if isinstance(page, Page) else ""
    links = [
        {"page": row, "is_here": row.path == here, "is_above": here.startswith(row.path)}
        for row in menu_pages(site)
    ]
    # Of the pages above this one only the nearest is marked.
    above = [link for link in links if link["is_above"]]
    return {"links": links, "nearest": above[-1] if above else None, "request": request}


def menu_pages(site: Site) -> QuerySet[Page]:
    """Return the pages of the menu in the language that is being read."""
    language = get_supported_content_language_variant(get_language())
    # Kept in the cache by Wagtail.
    roots = {
        row.language_code: row.root_path
        for row in Site.get_site_root_paths()
        if row.site_id == site.pk
    }
    root_path = roots.get(language, site.root_page.url_path)
    return Page.objects.filter(
        is_open("path"),
        url_path__startswith=root_path,
        live=True,
        show_in_menus=True,
        depth__gt=site.root_page.depth,
        depth__lte=site.root_page.depth + MENU_LEVELS,
    ).order_by("path")
