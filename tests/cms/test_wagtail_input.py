"""Requests that views of Wagtail answer with a fault are answered with a sentence instead."""

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.urls import reverse

GUARD = "cms.wagtail_input.WagtailInput"
BROKEN = b"\x89PNG\r\n\x1a\n is how it begins"


@pytest.fixture
def malformed(home, event):
    """Return what each request is: method, address and data."""
    parent = event.get_parent()
    own = reverse("wagtailadmin_pages:set_page_position", args=[event.pk])
    new = reverse("wagtailadmin_pages:add", args=["home", "standardpage", home.pk])
    return {
        "a link without an address": (
            "post",
            reverse("wagtailadmin_choose_page_external_link"),
            {},
        ),
        "the root": ("post", reverse("wagtailadmin_pages:set_page_position", args=[1]), {}),
        "a position of no page": ("post", f"{own}?position={9**40}", {}),
        "half a field of blocks": ("post", new, {"title": "A page", "slug": "a-page"}),
        "no key of a page": (
            "post",
            reverse("wagtailsites:add"),
            {"hostname": "x", "port": "80", "root_page": "x"},
        ),
        "an address that is none": (
            "post",
            reverse("wagtailadmin_pages:delete", args=[parent.pk]) + "?next=no-such-view",
            {"next": "no-such-view"},
        ),
        "a file that is no image": (
            "post",
            reverse("wagtailimages:add_multiple"),
            {"title": "x", "files[]": SimpleUploadedFile("x.png", BROKEN, "image/png")},
        ),
        "words and a number of uses": (
            "get",
            reverse("wagtailimages:index_results"),
            {"q": "hall", "usage_count_min": "1"},
        ),
    }


KINDS = [
    *("a link without an address", "the root", "a position of no page"),
    *("half a field of blocks", "no key of a page", "an address that is none"),
    *("a file that is no image", "words and a number of uses"),
]


def send(client, request):
    method, address, data = request
    return getattr(client, method)(address, data, headers={"X-Requested-With": "XMLHttpRequest"})


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_answered_with_a_sentence(admin_client, malformed, kind):
    response = send(admin_client, malformed[kind])
    assert response.status_code == 400
    assert response.content.decode().endswith(".\n")


@pytest.mark.parametrize("kind", KINDS)
def test_wagtail_alone_fails_so_that_the_guard_is_still_needed(
    admin_client, malformed, kind, settings
):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != GUARD]
    admin_client.raise_request_exception = False
    assert send(admin_client, malformed[kind]).status_code == 500


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_is_asked_to_sign_in(client, malformed, kind):
    method, address, data = malformed[kind]
    response = getattr(client, method)(address, data)
    assert response.status_code == 302
    assert "/login/" in response["Location"]


def test_what_is_well_formed_goes_through(admin_client, malformed):
    assert GUARD in settings.MIDDLEWARE
    link = admin_client.post(
        malformed["a link without an address"][1],
        {"external-link-chooser-url": "https://www.gov.uk/"},
    )
    assert link.json()["result"]["url"] == "https://www.gov.uk/"
    moved = admin_client.post(
        malformed["a position of no page"][1].partition("?")[0] + "?position=0"
    )
    assert moved.status_code == 200


def test_a_fault_stays_a_fault(admin_client, malformed, monkeypatch):
    """The database is away: nothing is wrong with what was asked."""

    def fail(*arguments, **options):
        raise OperationalError("the database is away")

    monkeypatch.setattr("wagtail.admin.views.pages.ordering.SetPagePositionView.post", fail)
    admin_client.raise_request_exception = False
    assert send(admin_client, malformed["a position of no page"]).status_code == 503


@pytest.mark.parametrize("words", ['"', 'a"b', '"; --'])
def test_a_lone_quotation_mark_is_no_fault_of_the_database(admin_client, home, words):
    explorer = reverse("wagtailadmin_explore", args=[home.get_parent().pk])
    response = admin_client.get(explorer, {"q": words})
    assert response.status_code == (400 if connection.vendor == "sqlite" else 200)
