"""Where the APIs are mounted: Wagtail's for pages, images and documents, and the events' own."""

from django.urls import include, path, re_path

from events.registrations.api import urls as events_api
from prevent_content.api.manners import nothing_here
from prevent_content.api.views import public_router

api_router = public_router("wagtailapi")

urlpatterns = [
    path("v2/", api_router.urls),
    path("", include(events_api)),
    re_path("", nothing_here),
]
