from django.urls import path

from . import own_views, views
from .complaints import views as complaint_views

app_name = "prevent_registrations"

urlpatterns = [
    path("received/<str:token>/", views.received, name="received"),
    path("link/", own_views.lost_link, name="lost_link"),
    path("link/sent/", own_views.link_sent, name="link_sent"),
    path("erased/", own_views.erased, name="erased"),
    path("held/", own_views.held, name="held"),
    path("complaint/", complaint_views.complain, name="complaint"),
    path("complaint/received/<str:token>/", complaint_views.received, name="complaint_received"),
    path("<str:token>/", own_views.own, name="own"),
    path("<str:token>/change/", own_views.change, name="change"),
    path("<str:token>/move/", own_views.move, name="move"),
    path("<str:token>/withdraw/", own_views.withdraw, name="withdraw"),
    path("<str:token>/erase/", own_views.erase, name="erase"),
]
