"""The addresses of the checklist, below the CMS's own."""

from django.urls import path

from . import views

app_name = "prevent_checklist"

urlpatterns = [
    path("<int:page_id>/", views.ChecklistView.as_view(), name="page"),
    path(
        "new/<slug:content_type_app_name>/<slug:content_type_model_name>/<int:parent_page_id>/",
        views.NewPageChecklistView.as_view(),
        name="new_page",
    ),
]
