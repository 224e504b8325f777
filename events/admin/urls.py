"""The addresses of the desk, below the CMS's own."""

from django.urls import path

from . import forecast_views, views

app_name = "prevent_event_dates"

urlpatterns = [
    path("", views.OccurrenceListView.as_view(), name="index"),
    path("results/", views.OccurrenceListView.as_view(results_only=True), name="index_results"),
    path("forecast/", forecast_views.forecast, name="forecast"),
    path("<int:page_id>/", views.EventOccurrenceListView.as_view(), name="event"),
    path(
        "<int:page_id>/results/",
        views.EventOccurrenceListView.as_view(results_only=True),
        name="event_results",
    ),
    path("<int:page_id>/forecast/", forecast_views.forecast, name="event_forecast"),
    path(
        "<int:page_id>/<uuid:uuid>/<slug:action>/",
        views.OccurrenceActionView.as_view(),
        name="action",
    ),
]
