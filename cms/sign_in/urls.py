"""The addresses of signing in, before Wagtail's own. Of allauth's, only those that are needed:
it has no door of its own here, no sign-up, no reset of passwords and no change of addresses.
"""

from allauth.account.views import reauthenticate
from django.urls import include, path
from wagtail.admin.views.account import LogoutView

from .views import LoginView

urlpatterns = [
    path("login/", LoginView.as_view(), name="account_login"),
    path("sign-in/cancel/", LogoutView.as_view(), name="account_logout"),
    path("sign-in/again/", reauthenticate, name="account_reauthenticate"),
    path("sign-in/factors/", include("allauth.mfa.urls")),
    path("sign-in/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
