"""Template tags of the languages: what a page is in, and where it is in others."""

from dataclasses import dataclass

from django import template
from django.conf import settings
from django.utils.translation import get_language, get_language_info
from wagtail.models import Page, Site

from prevent_content.addresses import page_address
from prevent_content.visibility import is_open

register = template.Library()


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
    """Return a language as HTML names it (BCP 47), like ``en-GB``."""
    language, _, region = code.partition("-")
    return f"{language}-{region.upper() if len(region) == 2 else region}" if region else language


@register.simple_tag
def page_language() -> str:
    """Return the language that is spoken, for the ``html`` element."""
    return language_tag(get_language() or settings.LANGUAGE_CODE)


def editions(context: template.Context, page: object) -> list[Edition]:
    """Return the page in each language that it is public in; nothing where it is in one alone.

    Asks the database once, and not at all while the site has no second language.
    """
    request = context.get("request")
    if not isinstance(page, Page) or not page.pk or request is None:
        return []
    known = getattr(request, "_prevent_editions", None)
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
            # Not “British English”: there is one English here.
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
    request._prevent_editions = found if len(found) > 1 else []
    return request._prevent_editions


def has_languages(request) -> bool:
    """Whether the site of ``request`` has a front page in more than one language."""
    if not getattr(settings, "WAGTAIL_I18N_ENABLED", False):
        return False
    site = Site.find_for_request(request)
    # Kept in the cache by Wagtail.
    return site is not None and sum(row[0] == site.pk for row in Site.get_site_root_paths()) > 1


@register.inclusion_tag("prevent_content/includes/language_alternates.html", takes_context=True)
def language_alternates(context: template.Context, page: object) -> dict:
    """Tell search engines where the page is in other languages."""
    return {"editions": editions(context, page)}


@register.inclusion_tag("prevent_content/includes/language_switch.html", takes_context=True)
def language_switch(context: template.Context, page: object) -> dict:
    """Link to the page in its other languages, each by its own name."""
    return {"editions": editions(context, page)}
