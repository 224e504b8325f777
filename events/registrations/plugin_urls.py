"""Every public address of the plugin but its pages', for a site to include in one line.

A site in several languages includes ``people_patterns`` among its ``i18n_patterns`` instead, and
``program_patterns`` outside them.

``healthz`` and ``readyz`` are for monitors; a site that has its own puts them before this line.
"""

from django.urls import include, path, re_path

from events import urls as event_urls
from prevent_content.api import urls as page_api_urls
from prevent_content.api.manners import nothing_here

from . import urls as registration_urls
from .api import urls as api_urls
from .feedback import urls as feedback_urls
from .health import healthz, readyz

api_patterns = [
    path("v2/", include(page_api_urls)),
    path("", include(api_urls)),
    re_path("", nothing_here),
]

people_patterns = [
    path("registration/", include(registration_urls)),
    path("feedback/", include(feedback_urls)),
]

program_patterns = [
    path("calendar/", include(event_urls)),
    path("api/", include(api_patterns)),
    path("healthz", healthz),
    path("readyz", readyz),
]

urlpatterns = [*people_patterns, *program_patterns]
