"""What this site serves to programs: search engines, front ends, browsers and phones."""

from django.contrib.sitemaps.views import sitemap
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe
from wagtail.contrib.sitemaps import Sitemap
from wagtail.models import Page, Site

from events.models.occurrences import site_paths
from prevent_content.api.serializers import page_objects
from prevent_content.links import site_address

from .models import SiteSettings
from .templatetags.home_tags import frame_of

LOOK_SECONDS = 86400
ICON_SIZES = (192, 512)


class PublicPages(Sitemap):
    """The public pages of the site in every language, each with its last change."""

    def items(self):
        below = Page.objects.none()
        for path in site_paths(self.get_wagtail_site()):
            below |= Page.objects.filter(path__startswith=path)
        return below.live().public().order_by("path").defer_streamfields().specific()

    def get_urls(self, page=1, site=None, protocol=None):
        """Use each page's canonical address."""
        own = self.get_wagtail_site()
        address = site_address(own)
        return [
            row | {"location": address + row["location"].removeprefix(own.root_url)}
            for row in super().get_urls(page, site, protocol)
        ]


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    return sitemap(request, {"pages": PublicPages(request)})


@require_safe
def look(request: HttpRequest) -> HttpResponse:
    """Return the council's colours and typeface; the address changes whenever they do."""
    site = Site.find_for_request(request)
    sheet = SiteSettings.for_site(site).stylesheet if site else ""
    response = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={LOOK_SECONDS}"
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Describe the site to phones that add it to their home screen (W3C, Web App Manifest)."""
    site = Site.find_for_request(request)
    shown = SiteSettings.for_site(site) if site else SiteSettings()
    response = JsonResponse(
        {
            "name": f"{shown.council_name}: {shown.service_name}",
            "short_name": shown.council_name,
            "start_url": "/",
            "display": "browser",
            "theme_color": shown.main_colour,
            "background_color": "#ffffff",
            "icons": [
                {
                    "src": static(f"home/icon-{size}.png"),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                }
                for size in ICON_SIZES
            ],
        },
        content_type="application/manifest+json",
    )
    response["Cache-Control"] = f"public, max-age={LOOK_SECONDS}"
    return response


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect programs that ask for the icon at its old address."""
    return redirect(static("home/favicon.ico"), permanent=True)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep programs out of the CMS and searches, and say where the site map is."""
    site = Site.find_for_request(request)
    root = site_address(site) if site else request.build_absolute_uri("/").rstrip("/")
    address = root + reverse("site_map")
    return render(request, "home/robots.txt", {"site_map": address}, content_type="text/plain")


def tell_site_parts(sender, site: Site, request: HttpRequest, **kwargs) -> dict:
    """Return the name, the menu and the footer of ``site`` for the API."""
    settings, frame = SiteSettings.for_site(site), frame_of(site)
    return {
        "name": settings.council_name,
        "navigation": page_objects(frame.menu, request),
        "footer": {
            "pages": page_objects(frame.footer, request),
            "contact": {
                "email": settings.contact_email,
                "phone": settings.contact_phone,
                "hours": settings.contact_hours,
            },
            "note": settings.footer_note,
        },
    }
