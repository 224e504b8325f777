"""The addresses of the data protection screens in the CMS. None holds personal data."""

from django.urls import path, re_path

from . import views

app_name = "prevent_data_protection"

urlpatterns = [
    path("", views.index, name="index"),
    path("find/", views.find, name="find"),
    re_path(r"^copy/(?P<kind>json|html)/$", views.copy, name="copy"),
    path("erase/", views.erase, name="erase"),
    path("certificates/", views.certificates, name="certificates"),
    path("holds/", views.hold_list, name="holds"),
    path("holds/place/<int:pk>/", views.place_hold, name="place_hold"),
    path("holds/<int:pk>/lift/", views.lift_hold, name="lift_hold"),
    path("complaints/", views.complaint_list, name="complaints"),
    path("complaints/<int:pk>/", views.read_complaint, name="complaint"),
]
