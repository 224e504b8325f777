from django.urls import path

from . import booking_views, complaints, correction_views, views

app_name = "prevent_registrations"

urlpatterns = [
    path("received/<str:token>/", views.received, name="received"),
    path("link/", booking_views.lost_link, name="lost_link"),
    path("link/sent/", booking_views.link_sent, name="link_sent"),
    path("erased/", booking_views.erased, name="erased"),
    path("held/", booking_views.held, name="held"),
    path("complaint/", complaints.complain, name="complaint"),
    path("complaint/received/<str:token>/", complaints.received, name="complaint_received"),
    path("new-email/<str:token>/", correction_views.new_email, name="new_email"),
    path("<str:token>/", booking_views.own, name="own"),
    path("<str:token>/confirm/", booking_views.confirm, name="confirm"),
    path("<str:token>/change/", booking_views.change, name="change"),
    path("<str:token>/name/", correction_views.name, name="name"),
    path("<str:token>/email/", correction_views.email, name="email"),
    path("<str:token>/move/", booking_views.move, name="move"),
    path("<str:token>/withdraw/", booking_views.withdraw, name="withdraw"),
    path("<str:token>/erase/", booking_views.erase, name="erase"),
]
