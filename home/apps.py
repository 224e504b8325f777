from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "home"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_save
        from wagtail.models import Site

        from prevent_content.api.site import site_parts_requested
        from prevent_content.links import register_council_name
        from prevent_content.models import PreventSettings

        from .errors import refresh_pages
        from .models import SiteSettings, council_name_of
        from .views import tell_site_parts

        site_parts_requested.connect(tell_site_parts, dispatch_uid="home.site_parts")
        register_council_name(council_name_of)
        for setting in (PreventSettings, Site, SiteSettings):
            post_save.connect(refresh_pages, sender=setting)
