"""What the site as a whole adds to Wagtail."""

from django.http import HttpRequest
from django.urls import reverse
from wagtail import hooks


@hooks.register("register_account_menu_item")
def second_factors(request: HttpRequest) -> dict[str, str]:
    return {
        "url": reverse("mfa_index"),
        "label": "Second factors",
        "help_text": "Your authenticator app, passkeys and recovery codes.",
    }
