from django.apps import AppConfig


class PreventContentConfig(AppConfig):
    name = "prevent_content"
    label = "prevent_content"
    verbose_name = "Prevent content"
    default_auto_field = "django.db.models.BigAutoField"
