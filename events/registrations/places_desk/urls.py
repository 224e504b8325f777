"""The addresses of the desk for places, below the CMS's own."""

from django.urls import path

from . import views

app_name = "prevent_registration_places"

urlpatterns = [
    path("<int:page_id>/", views.EventPlacesView.as_view(), name="event"),
    path("<int:page_id>/<uuid:uuid>/", views.CapacityView.as_view(), name="date"),
]
