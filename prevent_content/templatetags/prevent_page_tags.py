"""Template tags of the public pages: where a page is, and whom to tell about a concern."""

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Page, Site

from prevent_content.addresses import page_address, site_address
from prevent_content.models import AlertBanner, PreventSettings
from prevent_content.templatetags.prevent_language_tags import language_tag

register = template.Library()

# The app of the pages that are about one person.
PERSONAL_APP = "prevent_registrations"


@register.inclusion_tag("prevent_content/includes/breadcrumbs.html", takes_context=True)
def breadcrumbs(context: template.Context, page: Page) -> dict:
    """List the published pages above ``page``, from the site's home page down."""
    request = context.get("request")
    site = Site.find_for_request(request) if request else None
    if site is None or not page.path:
        return {"ancestors": []}
    # Wagtail's routing leaves each page knowing its parent, so that this asks for nothing.
    ancestors = []
    while page.depth > site.root_page.depth and (page := page.get_parent()):
        ancestors.insert(0, page)
    return {"ancestors": [page for page in ancestors if page.live], "request": request}


@register.inclusion_tag("prevent_content/includes/alert_banners.html", takes_context=True)
def alert_banners(context: template.Context, page: object) -> dict:
    """Show the banners that count now for ``page``, or for every page of the site.

    None on the pages that are about one person: they would tell which event it is about.
    """
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    is_personal = match is not None and match.app_names[:1] == [PERSONAL_APP]
    if request is None or is_personal:
        return {"banners": []}
    place = page if isinstance(page, Page) else None
    is_foreign = get_language() != settings.LANGUAGE_CODE
    return {
        "banners": AlertBanner.objects.shown(at=timezone.now(), page=place),
        "foreign": language_tag(settings.LANGUAGE_CODE) if is_foreign else "",
    }


@register.inclusion_tag("prevent_content/includes/page_head.html", takes_context=True)
def page_head(context: template.Context, page: Page) -> dict:
    """Say what the page is to search engines and social media, and which address is its own.

    Of its query only the parameters that show another page are part of that address.
    """
    request = context.get("request")
    site = Site.find_for_request(request) if request else None
    address = page_address(page, request) if site and page.path else ""
    if not address:
        return {"page": page}
    card = static("prevent/social-card.png")
    asked = {name: request.GET.get(name) for name in sorted(page.page_parameters)}
    query = urlencode({name: value for name, value in asked.items() if value})
    return {
        "page": page,
        "site_name": site.site_name,
        "canonical": address + (f"?{query}" if query else ""),
        "card": card if "://" in card else site_address(site) + card,
    }


@register.inclusion_tag("prevent_content/includes/concern_routes.html", takes_context=True)
def concern_routes(context: template.Context, heading: str = "") -> dict:
    """Say whom to tell about a concern, from the settings of the site."""
    request = context.get("request")
    site = Site.find_for_request(request) if request else None
    site = site or Site.objects.filter(is_default_site=True).first()
    return {
        "heading": heading or _("If you are worried about someone"),
        "routes": PreventSettings.for_site(site) if site else PreventSettings(),
    }
