"""Chromium enforces the policies without complaint, and would complain of a violation."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, get_page_models
from wagtail.snippets.models import get_snippet_models

from events.admin.views import offered
from events.models import EventPage
from events.new_event import PATTERNS
from tests.browser.stage import SERIES, own_paths
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-walks")]

PUBLIC = ["/", "/prevent/", "/prevent/roundtables/", SERIES, f"{SERIES}register/", "/api/docs"]
REGISTRATION = "prevent_registrations_registration_modeladmin_"
DESKS = [
    "wagtailadmin_home",
    "wagtailadmin_account",
    "wagtailimages:index",
    "wagtaildocs:index",
    "mfa_index",
    "prevent_data_protection:index",
    "prevent_event_dates:index",
    f"{REGISTRATION}index",
    f"{REGISTRATION}dates",
    f"{REGISTRATION}export",
    "prevent_registrations_accessrecord_modeladmin_index",
    "prevent_registrations_outboundemail_modeladmin_index",
]
EDITORS = [
    "wagtailusers_users:index",
    "wagtailadmin_explore_root",
    "wagtailadmin_reports:site_history",
    "wagtailusers_groups:add",
]


@pytest.fixture(scope="module")
def stage():
    return own_paths


def complaints(page, addresses) -> list[str]:
    """Return the browser's complaints about the pages, each with the page's address."""
    said = []

    def note(words: str) -> None:
        said.append(f"{urlsplit(page.url).path}: {words}")

    page.on("console", lambda message: message.type == "error" and note(message.text))
    page.on("pageerror", lambda error: note(str(error)))
    for address in addresses:
        answer = page.goto(address)
        assert answer.status == 200, address
        # Scripts that run after loading start within a moment.
        page.evaluate("() => new Promise((done) => requestIdleCallback(done, { timeout: 500 }))")
    return said


def test_public_pages_need_nothing_forbidden(site, browse):
    assert complaints(browse(site), PUBLIC) == []


def menu_of(page) -> list[str]:
    """Return the addresses of all items of the CMS's menu."""
    page.goto(reverse("wagtailadmin_home"))
    found = page.evaluate(
        """() => [...document.getElementById("wagtail-sidebar-props").textContent
            .matchAll(/"url": *"([^"]+)"/g)].map((match) => match[1])"""
    )
    return [address for address in found if address.startswith("/cms/") and "logout" not in address]


def page_screens() -> Iterator[str]:
    """Yield the form of a new page of each type, and that of an existing page."""
    for model in get_page_models():
        if not model.is_creatable or model._meta.app_label.startswith("wagtail"):
            continue
        meta = model._meta
        parents = [kind for kind in model.allowed_parent_page_models() if kind is not Page]
        parent = next((kind.objects.first() for kind in parents if kind.objects.exists()), None)
        parent = parent or Page.objects.get(depth=1)
        yield reverse("wagtailadmin_pages:add", args=[meta.app_label, meta.model_name, parent.pk])
        if page := model.objects.first():
            yield reverse("wagtailadmin_pages:edit", args=[page.pk])
            yield reverse("wagtailadmin_explore", args=[page.pk])
            yield reverse("wagtailadmin_pages:history", args=[page.pk])


def snippet_screens() -> Iterator[str]:
    for model in get_snippet_models():
        views = model.snippet_viewset
        yield reverse(views.get_url_name("list"))
        yield reverse(views.get_url_name("add"))
        if row := model.objects.first():
            yield reverse(views.get_url_name("edit"), args=[row.pk])


def date_screens() -> Iterator[str]:
    event = EventPage.objects.get(slug="prevent-community-roundtable")
    row = event.dates.filter(status="scheduled", starts_at__gt=timezone.now()).first()
    yield reverse("prevent_event_dates:event", args=[event.pk])
    for form in offered(row, at=timezone.now()):
        yield reverse("prevent_event_dates:action", args=[event.pk, row.uuid, form.slug])
    yield reverse("prevent_new_event:index")
    yield reverse("prevent_new_event:copy", args=[event.pk])
    for pattern in PATTERNS:
        yield reverse("prevent_new_event:pattern", args=[pattern])
    yield reverse("wagtailadmin_pages:unpublish", args=[event.pk])


def test_the_cms_needs_nothing_forbidden(site, browse):
    page = browse(site, user=UserFactory(is_superuser=True))
    # Its calls outlive the page, and would reach a database that is being emptied.
    page.context.route("**/editing-sessions/release/**", lambda route: route.fulfill(status=204))
    screens = [*menu_of(page), *map(reverse, DESKS + EDITORS)]
    screens += [*page_screens(), *snippet_screens(), *date_screens()]
    said = complaints(page, dict.fromkeys(screens))
    assert not said, "\n".join(said)


def test_inline_scripts_are_allowed_in_wagtails_editors_only(site):
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    for name in DESKS:
        assert (
            "'unsafe-inline'"
            not in client.get(reverse(name))["Content-Security-Policy"].split("style-src")[0]
        )


def test_an_injected_script_does_not_run(site, browse):
    page = browse(site)
    page.goto("/prevent/")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = true\">')"
    )
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran") is None


def test_control_without_the_policy_it_runs(site, browse):
    page = browse(site, bypass_csp=True)
    page.goto("/prevent/")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = true\">')"
    )
    page.wait_for_function("window.ran")


def test_the_tested_answer_has_the_policy(site):
    assert "script-src 'self'" in Client().get("/prevent/")["Content-Security-Policy"]
