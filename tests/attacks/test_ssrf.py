"""The site itself never requests an address that people type."""

import re
import socket

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import RegistrationPageFactory, UserFactory, publish

INSIDE = (
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1:6379/",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/_EHLO",
)


@pytest.fixture
def asked(monkeypatch):
    """Record every lookup and connection, and refuse it; the database is already connected."""
    places = []

    def refuse(*arguments, **options):
        places.append(arguments)
        raise OSError("nothing leaves this site")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return places


@pytest.fixture
def desk(series):
    """A page with a venue and a form, and an administrator with all rights to it."""
    RegistrationPageFactory(parent=series)
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(is_superuser=True))
    return client


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("wagtailembeds:chooser_upload", "embed-chooser-url"),
        ("wagtailadmin_choose_page_external_link", "external-link-chooser-url"),
    ],
)
def test_a_chooser_requests_nothing(desk, asked, name, field, address):
    answer = desk.post(reverse(name), {field: address, "external-link-chooser-link_text": "x"})
    assert answer.status_code < 500
    assert asked == []


def test_links_in_venues_events_and_prose_are_shown_and_never_followed(series, desk, asked):
    series.venue.map_url = series.joining_link = "http://169.254.169.254/map"
    series.venue.save()
    series.body = [
        ("prose", f'<p><a href="{INSIDE[0]}">a</a><embed embedtype="media" url="{INSIDE[2]}"/></p>')
    ]
    publish(series)
    for path in (series.url, f"/api/v2/pages/{series.pk}/", f"/api/events/{series.pk}/"):
        assert Client().get(path).status_code == 200
    edit = desk.get(reverse("wagtailadmin_pages:edit", args=[series.pk]))
    assert edit.status_code == 200
    assert asked == []


def test_a_picture_is_uploaded_and_never_fetched(desk, asked):
    """No CMS form accepts a picture's address, and one sent anyway is not read."""
    address = reverse("wagtailimages:add")
    inputs = re.findall(r"<input[^>]+type=\"url\"", desk.get(address).content.decode())
    answer = desk.post(address, {"title": "x", "file": INSIDE[0], "url": INSIDE[0]})
    assert (inputs, answer.status_code) == ([], 200)
    assert asked == []


def test_control_a_request_by_the_site_is_noticed(asked, desk):
    with pytest.raises(OSError, match="nothing leaves"):
        socket.create_connection(("169.254.169.254", 80))
    assert asked
