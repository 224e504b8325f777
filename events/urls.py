from django.urls import path

from . import feeds, share_cards

app_name = "prevent_events"

urlpatterns = [
    path("events.ics", feeds.all_dates, name="calendar"),
    path("events.atom", feeds.atom, name="atom"),
    path("events/<int:page_id>.ics", feeds.dates_of_event, name="event_calendar"),
    path("occurrences/<uuid:uuid>.ics", feeds.one_date, name="occurrence_calendar"),
    path("occurrences/<uuid:uuid>.png", share_cards.share_card, name="share_card"),
    path("occurrences/<uuid:uuid>/", feeds.page_of_date, name="occurrence"),
]
