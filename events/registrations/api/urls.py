"""The addresses of the events API: events, dates, and registering for them."""

from events.api.instance import PublicAPI
from events.api.routes import router as events_router

from .routes import router as registrations_router

api = PublicAPI(events_router, registrations_router)

app_name = "prevent_api"
urlpatterns = api.patterns()
