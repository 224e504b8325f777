"""What a front end shows around every page: name, languages, menu, footer, concern routes, banners.

The apps above this one, and the host, add to it through ``site_parts_requested``.
"""

from datetime import datetime
from typing import Any, cast

from django.dispatch import Signal
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from ninja.responses import Response
from pydantic import Field
from wagtail.models import Locale, Page, Site

from ..concern_routes import PreventSettings
from ..links import restricted_pages, rich_text_html, site_address
from ..models import AlertBanner
from ..public_version import PublicVersion, next_change
from .http import FieldProblem, ParameterError, etag_of, unless_known
from .openapi import documented
from .serializers import page_objects

# Asks for parts of the page frame: ``site`` and ``request``, in the active language. A receiver
# returns a dict with any of ``name``, ``navigation`` and ``footer``, shaped as in ``SiteObject``.
site_parts_requested = Signal()

router = Router(tags=["Site"])


class PageLink(Schema):
    id: int
    type: str
    locale: str
    title: str
    url: str


class LanguageObject(Schema):
    code: str = Field(description="As `locale=` takes it, like `en-gb`")
    name: str = Field(description="In the language itself")
    direction: str = Field(description="`ltr` or `rtl`")
    url: str = Field(description="The home page in this language")


class ContactObject(Schema):
    email: str
    phone: str
    hours: str


class FooterObject(Schema):
    pages: list[PageLink]
    contact: ContactObject
    note: str


NO_FOOTER = {"pages": [], "contact": {"email": "", "phone": "", "hours": ""}, "note": ""}


class ConcernObject(Schema):
    heading: str
    routes: dict
    note: str


class BannerObject(Schema):
    title: str
    text: str = Field(description="HTML")
    page: PageLink | None = Field(description="Shown on this page and below it; null: everywhere")
    starts_at: datetime
    ends_at: datetime | None


class SiteObject(Schema):
    name: str
    url: str
    locale: str
    languages: list[LanguageObject]
    navigation: list[PageLink] = Field(description="The pages of the menu, in order")
    footer: FooterObject
    concern: ConcernObject
    exit_url: str = Field(description="Where “Exit this page” leads")
    banners: list[BannerObject]


EXAMPLE: dict[str, Any] = {
    "name": "Example Council",
    "url": "https://www.council.example/",
    "locale": "en-gb",
    "languages": [
        {
            "code": "en-gb",
            "name": "British English",
            "direction": "ltr",
            "url": "https://www.council.example/",
        }
    ],
    "navigation": [
        {
            "id": 7,
            "type": "prevent_content.PreventPage",
            "locale": "en-gb",
            "title": "Prevent",
            "url": "https://www.council.example/prevent/",
        }
    ],
    "footer": NO_FOOTER,
    "concern": {
        "heading": "If you are worried about someone",
        "routes": PreventSettings().public_object(),
        "note": "Booking a place at an event is not a referral.",
    },
    "exit_url": "https://www.bbc.co.uk/weather",
    "banners": [],
}


class SiteQuery(Schema):
    locale: str | None = Field(
        None,
        pattern=r"^[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}$",
        description="In this language, like `en-gb`. Without it: the site's own language",
    )
    page: int | None = Field(
        None, ge=1, le=2**31 - 1, description="Also the banners of the page with this id"
    )


def site_of(request: HttpRequest) -> Site:
    """Return the site that serves ``request``; raise ``Http404`` without one."""
    site = Site.find_for_request(request)
    if site is None:
        raise Http404("There is no site at this address")
    return site


def languages_of(site: Site) -> list[dict]:
    """Return the languages in which ``site`` has a published home page, its own first."""
    homes = Page.objects.live().filter(translation_key=site.root_page.translation_key)
    homes = [home for home in homes.select_related("locale") if home.get_site() == site]
    homes.sort(key=lambda home: (home.pk != site.root_page_id, home.locale.language_code))
    return [
        {
            "code": home.locale.language_code,
            "name": info["name_local"].capitalize(),
            "direction": "rtl" if info["bidi"] else "ltr",
            "url": site_address(site) + (home.get_url_parts()[2] or "/"),
        }
        for home in homes
        for info in [get_language_info(home.locale.language_code)]
    ]


def site_object(site: Site, request: HttpRequest, *, locale: str, page: Page | None) -> dict:
    """Return the frame of ``site`` in the language ``locale``, with the banners of ``page``."""
    routes = PreventSettings.for_site(site)
    home = site.root_page.get_translation_or_none(Locale.objects.get(language_code=locale))
    menu = (home or site.root_page).get_children().live().in_menu()
    parts: dict[str, Any] = {
        "name": site.site_name,
        "navigation": page_objects(menu, request),
        "footer": NO_FOOTER,
    }
    for _receiver, part in site_parts_requested.send(sender=None, site=site, request=request):
        parts |= cast(dict, part)
    return parts | {
        "url": f"{site_address(site)}/",
        "locale": locale,
        "languages": languages_of(site),
        "concern": {
            "heading": _("If you are worried about someone"),
            "routes": routes.public_object(),
            "note": _("Booking a place at an event is not a referral."),
        },
        "exit_url": routes.exit_url,
        "banners": [
            banner_object(banner, site, request)
            for banner in AlertBanner.objects.shown(at=timezone.now(), page=page)
        ],
    }


def banner_object(banner: AlertBanner, site: Site, request: HttpRequest) -> dict:
    page = page_objects([banner.page], request)
    return {
        "title": banner.title,
        "text": rich_text_html(banner.text, site),
        "page": page[0] if page else None,
        "starts_at": banner.starts_at,
        "ends_at": banner.ends_at,
    }


@router.get(
    "/site/",
    response=SiteObject,
    url_name="site",
    operation_id="getSite",
    summary="The frame of every page",
    openapi_extra=documented(EXAMPLE, 400),
)
def get_site(request: HttpRequest, query: Query[SiteQuery]) -> HttpResponse:
    """Name, languages, menu, footer, concern routes and banners: what surrounds every page."""
    site = site_of(request)
    version = PublicVersion.current()
    now = timezone.now()

    def build() -> Response:
        codes = [language["code"] for language in languages_of(site)]
        if query.locale and query.locale not in codes:
            raise ParameterError(
                FieldProblem("locale", "invalid", f"This site has: {', '.join(codes)}")
            )
        locale = query.locale or site.root_page.locale.language_code
        public = Page.objects.live().exclude(restricted_pages())
        page = get_object_or_404(public, pk=query.page) if query.page else None
        with translation.override(locale):
            known = site_object(site, request, locale=locale, page=page)
        return Response(SiteObject.model_validate(known).model_dump(mode="json"))

    return unless_known(
        request,
        build,
        # A banner begins and ends by the clock alone.
        etag=etag_of(site.pk, version.number, next_change(now), request.get_full_path()),
        changed_at=None,
    )
