"""System checks of how a site has installed the plugin, each with the line that fixes it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import django
import wagtail
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, router
from django.template import TemplateDoesNotExist
from django.template.backends.django import Template as DjangoTemplate
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from wagtail.models import Page, Site

from prevent_content.links import site_address

from .encryption import ciphers
from .middleware import PersonalAnswers
from .models import Registration

# What each is needed for, by its name in INSTALLED_APPS.
NEEDED = {
    "wagtail_modeladmin": "the review desk",
    "ninja": "the page that explains the API",
    "django.contrib.humanize": "numbers at the review desk",
    "wagtail.contrib.forms": "the questions of registration forms",
    "wagtail.contrib.settings": "the numbers to call about a concern",
    "wagtail.contrib.typed_table_block": "tables in the text of pages",
}
ADDRESSES = {
    "prevent_events:calendar": (),
    "prevent_registrations:lost_link": (),
    "prevent_api:openapi": (),
}
BLOCKS = (
    ("title", "their titles", "inside <title>"),
    ("extra_css", "descriptions, feeds and what keeps private pages private", "inside <head>"),
    ("content", "all that they say", "inside <body>"),
)
HERE = __package__
NAMESPACES = {"prevent_events", "prevent_registrations", "prevent_api", "prevent_pages"}
# From the first, and below the second: tested by `make plugin-test` and declared in the wheel.
RELEASES = {
    "Django": (django.VERSION, (5, 2), (6, 1)),
    "Wagtail": (wagtail.VERSION, (7, 4), (8, 1)),
}


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


@register(Tags.templates)
def base_template_has_our_blocks(app_configs, **kwargs) -> list[Warning]:
    """Check for the blocks the plugin's pages fill, unless the template inherits them.

    Content for a missing block is not shown.
    """
    try:
        template = get_template("base.html")
    except TemplateDoesNotExist:
        return []
    if not isinstance(template, DjangoTemplate):
        return []
    nodes = template.template.nodelist
    if nodes.get_nodes_by_type(ExtendsNode):
        return []
    blocks = nodes.get_nodes_by_type(BlockNode)
    names = {node.name for node in blocks if isinstance(node, BlockNode)}
    return [
        Warning(
            f"The template base.html has no block {name}, where the plugin's pages put {what}.",
            hint=f"Add {{% block {name} %}}{{% endblock %}} {where}.",
            id="prevent_registrations.W012",
        )
        for name, what, where in BLOCKS
        if name not in names
    ]


@register(Tags.security)
def personal_answers_are_kept_out_of_caches(app_configs, **kwargs) -> list[Warning]:
    name = f"{PersonalAnswers.__module__}.{PersonalAnswers.__qualname__}"
    if name in settings.MIDDLEWARE:
        return []
    return [
        Warning(
            "Caches may store answers about one person when something goes wrong.",
            hint=f'Put "{name}" first in MIDDLEWARE.',
            id="prevent_registrations.W010",
        )
    ]


@register()
def releases_are_supported(app_configs, **kwargs) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    for name, (version, first, end) in RELEASES.items():
        number, range_ = dotted(version[:2]), f">={dotted(first)},<{dotted(end)}"
        if version[:2] < first:
            messages.append(
                Error(
                    f"{name} {number} is older than what the plugin supports.",
                    hint=f'Run `pip install "{name}{range_}"`.',
                    id="prevent_registrations.E013",
                )
            )
        elif version[:2] >= end:
            messages.append(
                Warning(
                    f"The plugin has not been tried on {name} {number}.",
                    hint=f'Run `pip install "{name}{range_}"`, or ask for a newer plugin.',
                    id="prevent_registrations.W013",
                )
            )
    return messages


def dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))


@register()
def database_is_supported(app_configs, **kwargs) -> list[Error]:
    connection = connections[router.db_for_write(Registration)]
    if connection.vendor in ("postgresql", "sqlite"):
        return []
    return [
        Error(
            f"The plugin does not support {connection.display_name}: places are counted, and "
            "emails sent once, by guarantees that only PostgreSQL and SQLite give it.",
            hint="Put a PostgreSQL or SQLite database into DATABASES.",
            id="prevent_registrations.E014",
        )
    ]


@register()
def times_have_zones(app_configs, **kwargs) -> list[Error]:
    if settings.USE_TZ:
        return []
    return [
        Error(
            "USE_TZ is False, so no date could say when it begins.",
            hint="Set USE_TZ = True.",
            id="prevent_registrations.E015",
        )
    ]


@register(Tags.security)
def answers_can_be_encrypted(app_configs, **kwargs) -> list[Error]:
    try:
        ciphers()
    except ImproperlyConfigured as error:
        reason, _, hint = str(error).partition(". ")
        return [Error(f"{reason}.", hint=hint or None, id="prevent_registrations.E016")]
    return []


@register(Tags.urls)
def namespaces_are_ours_alone(app_configs, **kwargs) -> list[Error]:
    counted = Counter(namespaces_in(get_resolver().url_patterns))
    return [
        Error(
            f"The namespace {name} is in the site's urls {counted[name]} times.",
            hint=f"Include {HERE}.plugin_urls once, and give another router another namespace.",
            id="prevent_registrations.E017",
        )
        for name in sorted(NAMESPACES)
        if counted[name] > 1
    ]


def namespaces_in(patterns: list) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace:
                yield pattern.namespace
            yield from namespaces_in(pattern.url_patterns)


@register(Tags.models)
def pages_are_wagtails(app_configs, **kwargs) -> list[Error]:
    # Since Wagtail 8.0 a site can swap its base page.
    if not Page._meta.swapped:
        return []
    return [
        Error(
            "The plugin's pages cannot stand on a base page of the site's own.",
            hint='Leave WAGTAIL_PAGE_MODEL at "wagtailcore.Page".',
            id="prevent_registrations.E018",
        )
    ]


@register(Tags.database)
def site_record_has_the_address(app_configs, databases=None, **kwargs) -> list[Warning]:
    """Compare Wagtail's default site with ``SITE_URL``; without that, the record is used."""
    alias = router.db_for_read(Site)
    if alias not in (databases or []):
        return []
    try:
        site = Site.objects.using(alias).filter(is_default_site=True).first()
    except DatabaseError:
        # Before the first migration.
        return []
    if site is None or settings.DEBUG:
        return []
    hostname = urlsplit(site_address(site)).hostname
    if hostname == site.hostname != "localhost":
        return []
    return [
        Warning(
            f"Wagtail's default site is {site.hostname}, and links in emails and calendar files "
            f"lead to {hostname}.",
            hint="Enter the site's real hostname in the CMS (Settings, Sites), and set SITE_URL "
            'to its address, like "https://www.council.example".',
            id="prevent_registrations.W014",
        )
    ]
