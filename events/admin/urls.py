"""The URLs of the screens for dates and new events, below the CMS's own."""

from django.urls import path

from . import comparison, new_event, panels, taking_down, views

dates = (
    [
        path("", views.OccurrenceListView.as_view(), name="index"),
        path("results/", views.OccurrenceListView.as_view(results_only=True), name="index_results"),
        path("forecast/", panels.forecast, name="forecast"),
        path("<int:page_id>/", views.EventOccurrenceListView.as_view(), name="event"),
        path(
            "<int:page_id>/results/",
            views.EventOccurrenceListView.as_view(results_only=True),
            name="event_results",
        ),
        path(
            "<int:page_id>/reinstate/", taking_down.ReinstateDatesView.as_view(), name="reinstate"
        ),
        path("<int:page_id>/compare/", comparison.CompareDatesView.as_view(), name="compare"),
        path("<int:page_id>/forecast/", panels.forecast, name="event_forecast"),
        path(
            "<int:page_id>/<uuid:uuid>/<slug:action>/",
            views.OccurrenceActionView.as_view(),
            name="action",
        ),
    ],
    "prevent_event_dates",
)

new_events = (
    [
        path("", new_event.StartView.as_view(), name="index"),
        path("copy/<int:page_id>/", new_event.CopyView.as_view(), name="copy"),
        path("pattern/<slug:pattern>/", new_event.PatternView.as_view(), name="pattern"),
    ],
    "prevent_new_event",
)
