"""Chromium keeps to the policies: it complains of nothing, and would if there were something."""

import pytest
from django.test import Client
from django.urls import reverse

from events.models import EventPage
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
    said = []
    page.on("console", lambda message: said.append(message.text))
    for address in addresses:
        page.goto(address)
        page.wait_for_load_state("networkidle")
    return [text for text in said if "Content Security Policy" in text]


def test_public_pages_need_nothing_that_is_forbidden(site, browse):
    assert complaints(browse(site), PUBLIC) == []


def test_the_cms_needs_nothing_that_is_forbidden(site, browse):
    editor = reverse("wagtailadmin_pages:edit", args=[EventPage.objects.first().pk])
    page = browse(site, user=UserFactory(is_superuser=True))
    assert complaints(page, [*map(reverse, DESKS + EDITORS), editor]) == []


def test_scripts_within_a_page_are_for_wagtails_editors_alone(site):
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    for name in DESKS:
        assert (
            "'unsafe-inline'"
            not in client.get(reverse(name))["Content-Security-Policy"].split("style-src")[0]
        )


def test_a_script_that_someone_smuggles_in_does_not_run(site, browse):
    page = browse(site)
    page.goto("/prevent/")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = true\">')"
    )
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran") is None


def test_without_the_policy_it_would_run(site, browse):
    page = browse(site, bypass_csp=True)
    page.goto("/prevent/")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = true\">')"
    )
    page.wait_for_function("window.ran")


def test_the_policy_is_on_the_answer_that_is_looked_at(site):
    assert "script-src 'self'" in Client().get("/prevent/")["Content-Security-Policy"]
