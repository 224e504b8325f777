"""The addresses of the whole site. Pages come last: they match every remaining path."""

from allauth.account.views import reauthenticate
from django.apps import apps
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from cms import views
from cms.sign_in.views import LoginView, LogoutView, front_end_login
from events.registrations import plugin_urls
from events.registrations.api import urls as api_urls
from events.registrations.limits import limit_searches
from events.search import search_page
from home.errors import styles as error_styles
from home.views import favicon, look, manifest, robots, site_map
from prevent_content.api import views as page_api
from prevent_content.api.http import not_found

handler500 = "home.errors.fault"

metrics_patterns = [path("metrics", views.metrics)] if settings.METRICS_TOKEN else []

# Only the allauth pages we need: none to sign in, sign up, reset a password or change an address.
sign_in_patterns = [
    path("login/", LoginView.as_view(), name="account_login"),
    path("logout/", LogoutView.as_view(), name="wagtailadmin_logout"),
    path("sign-in/cancel/", LogoutView.as_view(), name="account_logout"),
    path("sign-in/again/", reauthenticate, name="account_reauthenticate"),
    path("sign-in/factors/", include("allauth.mfa.urls")),
]
if apps.is_installed("allauth.socialaccount"):
    openid_connect = include("allauth.socialaccount.providers.openid_connect.urls")
    sign_in_patterns.append(path("sign-in/", openid_connect))

media_patterns = []
if settings.SERVE_MEDIA:
    media = re_path("^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT})
    media_patterns = [media]

urlpatterns = [
    *metrics_patterns,
    path("cms/", include(sign_in_patterns)),
    path("cms/", include(wagtailadmin_urls)),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("documents/", include(wagtaildocs_urls)),
    *media_patterns,
    path("robots.txt", robots),
    path("look.css", look, name="look"),
    path("errors/site.css", error_styles),
    path("favicon.ico", favicon),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("sitemap.xml", site_map, name="site_map"),
    *plugin_urls.calendar_patterns,
    path("api/v2/", include(page_api)),
    path("api/", include(api_urls)),
    re_path("^api/", not_found),
    *plugin_urls.health_patterns,
    *i18n_patterns(
        path("search/", limit_searches(search_page), name="search"),
        path("", include(plugin_urls.people_patterns)),
        path("_util/login/", front_end_login),
        path("", include(wagtail_urls)),
        prefix_default_language=False,
    ),
]
