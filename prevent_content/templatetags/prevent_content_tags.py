"""Template tags of the public pages: languages, breadcrumbs, concern routes and forms."""

from dataclasses import dataclass

import segno
from django import forms, template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, get_language_info
from django.utils.translation import gettext as _
from wagtail.models import Page, Site

from prevent_content.conf import setting
from prevent_content.form_rendering import error_entries
from prevent_content.links import is_open, page_address, site_address
from prevent_content.models import AlertBanner, PreventSettings
from prevent_content.routing import RoutedPageMixin

register = template.Library()

# The app of pages about one person.
PERSONAL_APP = "prevent_registrations"


@register.simple_tag
def prevent_styles() -> str:
    """Load the plugin's own styles, scoped to its wrapper, unless the site has others."""
    if not setting("OWN_ASSETS"):
        return ""
    name = "plugin.rtl.css" if get_language_bidi() else "plugin.css"
    return format_html('<link rel="stylesheet" href="{}">', static(f"prevent/{name}"))


@register.simple_tag
def prevent_script() -> str:
    """Load the plugin's own script, which no page requires, unless the site has another."""
    if not setting("OWN_ASSETS"):
        return ""
    return format_html('<script type="module" src="{}"></script>', static("prevent/prevent.js"))


@register.inclusion_tag("prevent_content/includes/breadcrumbs.html", takes_context=True)
def breadcrumbs(context: template.Context, page: Page) -> dict:
    """List the published pages above ``page``, starting at the site's home page."""
    request = context.get("request")
    site = Site.find_for_request(request) if request else None
    if site is None or not page.path:
        return {"ancestors": []}
    above = page.pages_above if isinstance(page, RoutedPageMixin) else page.get_ancestors()
    shown = [row for row in above if row.live and row.depth >= site.root_page.depth]
    return {"ancestors": shown, "request": request}


@register.inclusion_tag("prevent_content/includes/alert_banners.html", takes_context=True)
def alert_banners(context: template.Context, page: object) -> dict:
    """Show the current banners for ``page``, or for every page of the site.

    None on pages about one person: they would reveal which event it is.
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
    """Describe the page to search engines and social media, and name its canonical address.

    The canonical address keeps only the parameters that show another page.
    """
    request = context.get("request")
    site = Site.find_for_request(request) if request else None
    canonical = canonical_address(context, page)
    if not site or not canonical:
        return {"page": page}
    card = context.get("share_card") or static("prevent/social-card.png")
    return {
        "page": page,
        "site_name": site.site_name,
        "canonical": canonical,
        "card": card if "://" in card else site_address(site) + card,
        "card_alt": context.get("share_card_alt") or _("A round table with six seats"),
    }


def canonical_address(context: template.Context, page: Page) -> str:
    """Return the page's canonical address; "" if it has none."""
    request = context.get("request")
    address = page_address(page, request) if request and page.path else ""
    if not address:
        return ""
    asked = {name: request.GET.get(name) for name in sorted(page.page_parameters)}
    query = urlencode({name: value for name, value in asked.items() if value})
    return address + (f"?{query}" if query else "")


@register.inclusion_tag("prevent_content/includes/printed_address.html", takes_context=True)
def printed_address(context: template.Context, page: Page, date: str = "") -> dict:
    """Show the page's address and its QR code, for printed pages.

    With ``date``, the address of that date of an event.
    """
    request = context.get("request")
    address = page_address(page, request) if request and page.path else ""
    if not address:
        return {}
    address += f"?date={date}" if date else ""
    code = segno.make(address, error="m", micro=False)
    return {"address": address, "code": code.svg_data_uri(border=2, dark="#000", light="#fff")}


@register.inclusion_tag("prevent_content/includes/concern_routes.html", takes_context=True)
def concern_routes(context: template.Context, heading: str = "") -> dict:
    """Show where to report a concern, from the settings of the site."""
    return {
        "heading": heading or _("If you are worried about someone"),
        "routes": prevent_settings(context),
    }


@register.inclusion_tag("prevent_content/includes/exit_this_page.html", takes_context=True)
def exit_this_page(context: template.Context) -> dict:
    """Show the button that leaves the site at once."""
    return {"routes": prevent_settings(context)}


@register.simple_tag(takes_context=True)
def prevent_settings(context: template.Context) -> PreventSettings:
    """Return the Prevent settings of the site."""
    request = context.get("request")
    if request is not None and Site.find_for_request(request):
        return PreventSettings.for_request(request)
    site = Site.objects.filter(is_default_site=True).first()
    return PreventSettings.for_site(site) if site else PreventSettings()


@dataclass(frozen=True, slots=True)
class Edition:
    """A page in one language; ``address`` is absolute, ``path`` for links within the site."""

    language: str
    name: str
    is_from_right: bool
    address: str
    path: str
    is_this: bool


def language_tag(code: str) -> str:
    """Return a language as an HTML tag (BCP 47), like ``en-GB``."""
    language, _, region = code.partition("-")
    return f"{language}-{region.upper() if len(region) == 2 else region}" if region else language


@register.simple_tag
def page_language() -> str:
    """Return the active language, for the ``html`` element."""
    return language_tag(get_language() or settings.LANGUAGE_CODE)


@register.simple_tag
def foreign_lang() -> SafeString:
    """Return attributes for text in the site's own language on a page in another."""
    if (get_language() or settings.LANGUAGE_CODE) == settings.LANGUAGE_CODE:
        return SafeString("")
    return format_html(' lang="{}" dir="ltr"', language_tag(settings.LANGUAGE_CODE))


def editions(context: template.Context, page: object) -> list[Edition]:
    """Return the page in each language in which it is public; nothing if there is only one.

    One query, and none while the site has no second language.
    """
    request = context.get("request")
    if not isinstance(page, Page) or not page.pk or request is None:
        return []
    known = getattr(request, "page_editions", None)
    if known is not None:
        return known
    found = []
    if has_languages(request):
        for row in (
            Page.objects.live()
            .filter(is_open("path"), translation_key=page.translation_key)
            .select_related("locale")
            .order_by("locale__language_code")
        ):
            parts = row.get_url_parts(request)
            if parts is None or parts[2] is None:
                continue
            info = get_language_info(row.locale.language_code)
            # Not “British English”: there is only one English here.
            own = info if info["code"].partition("-")[0] != "en" else get_language_info("en")
            found.append(
                Edition(
                    language=language_tag(row.locale.language_code),
                    name=own["name_local"],
                    is_from_right=info["bidi"],
                    address=page_address(row, request),
                    path=parts[2],
                    is_this=row.pk == page.pk,
                )
            )
    request.page_editions = found if len(found) > 1 else []
    return request.page_editions


def has_languages(request) -> bool:
    """Whether the site of ``request`` has a front page in more than one language."""
    if not getattr(settings, "WAGTAIL_I18N_ENABLED", False):
        return False
    site = Site.find_for_request(request)
    # Cached by Wagtail.
    return site is not None and sum(row[0] == site.pk for row in Site.get_site_root_paths()) > 1


@register.inclusion_tag("prevent_content/includes/language_alternates.html", takes_context=True)
def language_alternates(context: template.Context, page: object) -> dict:
    """Tell search engines where the page is in other languages."""
    return {"editions": editions(context, page)}


@register.inclusion_tag("prevent_content/includes/language_switch.html", takes_context=True)
def language_switch(context: template.Context, page: object) -> dict:
    """Link to the page in its other languages, each by its own name."""
    return {"editions": editions(context, page)}


@register.inclusion_tag("prevent_content/forms/error_summary.html")
def error_summary(*bound_forms: forms.BaseForm) -> dict[str, object]:
    """List the errors of all the page's forms, each linked to its input.

    Put it at the top of the page's main part; it renders nothing while there are no errors.
    """
    return {"entries": [entry for form in bound_forms if form for entry in error_entries(form)]}


@register.simple_tag
def error_prefix(*bound_forms: forms.BaseForm) -> str:
    """Return the prefix of the page's title if any of the forms has an error."""
    return _("Error: ") if any(form and form.errors for form in bound_forms) else ""


@register.inclusion_tag("prevent_content/forms/button.html")
def form_button(label: str, *, name: str = "", value: str = "", variant: str = "") -> dict:
    """Show a button that submits its form only once, however often it is pressed.

    ``variant`` is GOV.UK's: ``secondary`` or ``warning``.
    """
    return {"label": label, "name": name, "value": value, "variant": variant}
