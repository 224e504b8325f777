"""Roundtable events; a site that uses the plugin adds ``APPS`` to its installed apps."""

APPS = [
    f"{__name__}.registrations",
    __name__,
    "prevent_content",
    "wagtail_modeladmin",
    "ninja",
    "wagtail.contrib.forms",
    "wagtail.contrib.settings",
    "wagtail.contrib.typed_table_block",
    "django.contrib.humanize",
]
