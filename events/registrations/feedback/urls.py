from django.urls import path

from . import views

app_name = "prevent_feedback"

urlpatterns = [
    path("<int:page_id>/", views.give, name="form"),
    path("<int:page_id>/thanks/", views.thanks, name="thanks"),
]
