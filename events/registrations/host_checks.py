"""System checks of how a site has taken the plugin in, each with the line that mends it."""

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse

from .exposure.middleware import PersonalAnswers

# What each is needed for, by the name that INSTALLED_APPS has.
NEEDED = {
    "wagtail_modeladmin": "the review desk",
    "ninja": "the page that explains the API",
    "django.contrib.humanize": "numbers at the review desk",
    "wagtail.contrib.forms": "the questions of registration forms",
    "wagtail.contrib.settings": "the numbers to call about a concern",
}
ADDRESSES = {
    "prevent_events:calendar": (),
    "prevent_registrations:lost_link": (),
    "prevent_api:openapi": (),
}
HERE = __package__


@register()
def needed_apps_are_installed(app_configs, **kwargs) -> list[Error]:
    return [
        Error(
            f"The app {name} is not installed, which {purpose} needs.",
            hint=f'Add "{name}" to INSTALLED_APPS.',
            id="prevent_registrations.E010",
        )
        for name, purpose in NEEDED.items()
        if not apps.is_installed(name)
    ]


@register(Tags.urls)
def addresses_are_included(app_configs, **kwargs) -> list[Error]:
    try:
        for name, arguments in ADDRESSES.items():
            reverse(name, args=arguments)
    except NoReverseMatch:
        return [
            Error(
                "The addresses of events, registrations and their API are not in the site's urls.",
                hint=f'Put path("", include("{HERE}.plugin_urls")) before Wagtail\'s own.',
                id="prevent_registrations.E011",
            )
        ]
    return []


@register(Tags.templates)
def site_has_a_base_template(app_configs, **kwargs) -> list[Error]:
    try:
        get_template("base.html")
    except TemplateDoesNotExist:
        return [
            Error(
                "There is no template base.html, which every page of the plugin extends.",
                hint="Make one with the blocks title, content, extra_css and extra_js.",
                id="prevent_registrations.E012",
            )
        ]
    return []


@register(Tags.security)
def personal_answers_are_kept_out_of_caches(app_configs, **kwargs) -> list[Warning]:
    name = f"{PersonalAnswers.__module__}.{PersonalAnswers.__qualname__}"
    if name in settings.MIDDLEWARE:
        return []
    return [
        Warning(
            "Answers about one person may be kept by caches when something goes wrong.",
            hint=f'Put "{name}" first in MIDDLEWARE.',
            id="prevent_registrations.W010",
        )
    ]
