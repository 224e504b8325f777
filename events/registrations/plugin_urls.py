"""The plugin's public addresses, included by a site in one line; pages have their own.

A site in several languages includes ``people_patterns`` in its ``i18n_patterns`` instead, and
``program_patterns`` outside them. Nothing here claims addresses it does not serve. Our API has its
own namespaces wherever it is mounted, apart from the site's.
"""

from django.urls import include, path

from events import urls as event_urls
from prevent_content.api import views as page_api

from . import event_feedback, feedback
from . import urls as registration_urls
from .api import urls as api_urls
from .health import healthz, readyz

api_patterns = [
    path("", include(page_api)),
    path("", include(api_urls)),
]

feedback_patterns = [
    path("<int:page_id>/", feedback.give, name="form"),
    path("event/<str:token>/", event_feedback.give, name="event"),
    path("event/<str:token>/thanks/", event_feedback.thanks, name="event_thanks"),
    path("<int:page_id>/thanks/", feedback.thanks, name="thanks"),
]

people_patterns = [
    path("registration/", include(registration_urls)),
    path("feedback/", include((feedback_patterns, "prevent_feedback"))),
]

calendar_patterns = [path("calendar/", include(event_urls))]

program_patterns = [
    *calendar_patterns,
    path("api/prevent/", include(api_patterns)),
]

# For monitors, on sites without such addresses.
health_patterns = [
    path("healthz", healthz),
    path("readyz", readyz),
]

urlpatterns = [*people_patterns, *program_patterns]
