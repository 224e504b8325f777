"""Requests that views of Wagtail answer with a fault are answered with a sentence instead."""

import pytest
from django.conf import settings
from django.urls import reverse

GUARD = "cms.wagtail_input.WagtailInput"


@pytest.fixture
def malformed(event):
    first = event.get_parent().get_first_child()
    own = reverse("wagtailadmin_pages:set_page_position", args=[first.pk])
    return {
        "a link without an address": reverse("wagtailadmin_choose_page_external_link"),
        "the root": reverse("wagtailadmin_pages:set_page_position", args=[1]),
        "a position of no page": f"{own}?position={9**40}",
    }


KINDS = ["a link without an address", "the root", "a position of no page"]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_answered_with_a_sentence(admin_client, malformed, kind):
    response = admin_client.post(malformed[kind])
    assert response.status_code == 400
    assert response.content.decode().endswith(".\n")


@pytest.mark.parametrize("kind", KINDS)
def test_wagtail_alone_fails_so_that_the_guard_is_still_needed(
    admin_client, malformed, kind, settings
):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != GUARD]
    admin_client.raise_request_exception = False
    assert admin_client.post(malformed[kind]).status_code == 500


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_is_asked_to_sign_in(client, malformed, kind):
    response = client.post(malformed[kind])
    assert response.status_code == 302
    assert "/login/" in response["Location"]


def test_what_is_well_formed_goes_through(admin_client, malformed):
    assert GUARD in settings.MIDDLEWARE
    link = admin_client.post(
        malformed["a link without an address"],
        {"external-link-chooser-url": "https://www.gov.uk/"},
    )
    assert link.json()["result"]["url"] == "https://www.gov.uk/"
    moved = admin_client.post(malformed["a position of no page"].partition("?")[0] + "?position=0")
    assert moved.status_code == 200
