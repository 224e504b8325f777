"""The addresses of the desk, below the CMS's own. None holds personal data."""

from django.urls import path, re_path

from . import complaints, holds, requests

app_name = "prevent_data_protection"

urlpatterns = [
    path("", requests.index, name="index"),
    path("find/", requests.find, name="find"),
    re_path(r"^copy/(?P<kind>json|html)/$", requests.copy, name="copy"),
    path("erase/", requests.erase, name="erase"),
    path("certificates/", requests.certificates, name="certificates"),
    path("holds/", holds.index, name="holds"),
    path("holds/place/<int:pk>/", holds.place, name="place_hold"),
    path("holds/<int:pk>/lift/", holds.lift, name="lift_hold"),
    path("complaints/", complaints.index, name="complaints"),
    path("complaints/<int:pk>/", complaints.read, name="complaint"),
]
