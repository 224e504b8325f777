"""The addresses of the whole site. Pages come last: they take every path that is left."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.conf.urls.static import static
from django.urls import include, path, re_path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from cms.security_txt import security_txt
from cms.sign_in import urls as sign_in_urls
from events.registrations import plugin_urls
from events.registrations.api import urls as api_urls
from events.registrations.limits import limit_searches
from events.search import search_page
from home.views import look, robots, site_map
from prevent_content.api import views as page_api
from prevent_content.api.http import not_found

handler500 = "home.errors.fault"

metrics_patterns = []
if settings.METRICS_TOKEN:
    from cms.metrics import metrics

    metrics_patterns = [path("metrics", metrics)]

urlpatterns = [
    *metrics_patterns,
    path("cms/", include(sign_in_urls)),
    path("cms/", include(wagtailadmin_urls)),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path("documents/", include(wagtaildocs_urls)),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
    path("robots.txt", robots),
    path("look.css", look, name="look"),
    path("sitemap.xml", site_map, name="site_map"),
    *plugin_urls.calendar_patterns,
    path("api/v2/", include(page_api)),
    path("api/", include(api_urls)),
    re_path("^api/", not_found),
    *plugin_urls.health_patterns,
    *i18n_patterns(
        path("search/", limit_searches(search_page), name="search"),
        path("", include(plugin_urls.people_patterns)),
        path("", include(wagtail_urls)),
        prefix_default_language=False,
    ),
]
