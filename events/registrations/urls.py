from django.urls import path

from . import views

app_name = "prevent_registrations"

urlpatterns = [
    path("received/<str:token>/", views.received, name="received"),
]
