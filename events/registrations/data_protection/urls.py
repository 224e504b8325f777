"""The URLs of the data protection screens in the CMS. None holds personal data."""

from django.urls import path, re_path

from . import cases, people, views

app_name = "prevent_data_protection"

urlpatterns = [
    path("", views.index, name="index"),
    path("find/", people.find, name="find"),
    re_path(r"^copy/(?P<kind>json|html)/$", people.copy, name="copy"),
    path("erase/", people.erase, name="erase"),
    path("certificates/", views.certificates, name="certificates"),
    path("holds/", views.hold_list, name="holds"),
    path("holds/place/<int:pk>/", views.place_hold, name="place_hold"),
    path("holds/<int:pk>/lift/", views.lift_hold, name="lift_hold"),
    path("complaints/", cases.complaint_list, name="complaints"),
    path("complaints/enter/", cases.enter_complaint, name="enter_complaint"),
    path("complaints/<int:pk>/", cases.read_complaint, name="complaint"),
    path("requests/", cases.request_list, name="requests"),
    path("requests/enter/", cases.enter_request, name="enter_request"),
    path("requests/<int:pk>/", cases.read_request, name="request"),
]
