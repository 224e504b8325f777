"""What a site that takes the plugin in installs; free of Django, for its settings to import."""

APPS = [
    f"{__package__}.registrations",
    __package__,
    "prevent_content",
    "wagtail_modeladmin",
    "ninja",
    "wagtail.contrib.forms",
    "wagtail.contrib.settings",
    "django.contrib.humanize",
]
