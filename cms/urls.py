"""The addresses of the whole site. Pages come last: they take every path that is left."""

from django.conf import settings
from django.conf.urls.static import static
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from events.registrations.health import healthz, readyz

urlpatterns = [
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
    path("calendar/", include("events.urls")),
    path("registration/", include("events.registrations.urls")),
    path("api/", include("cms.api")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("", include(wagtail_urls)),
]
