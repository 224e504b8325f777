"""The addresses of new events, below the CMS's own."""

from django.urls import path

from . import views

app_name = "prevent_new_event"

urlpatterns = [
    path("", views.StartView.as_view(), name="index"),
    path("copy/<int:page_id>/", views.CopyView.as_view(), name="copy"),
    path("pattern/<slug:pattern>/", views.PatternView.as_view(), name="pattern"),
]
