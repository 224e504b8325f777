"""What this site adds to the CMS."""

from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from . import guide


@hooks.register("register_admin_urls")
def register_guide() -> list:
    return [path("guide/", include(guide, namespace="guide"))]


@hooks.register("register_help_menu_item")
def register_guide_menu_item() -> MenuItem:
    return MenuItem(
        _("Guide for editors"),
        reverse("guide:index"),
        name="editors-guide",
        icon_name="help",
        order=100,
    )
