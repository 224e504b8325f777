"""The site serves its pages with no network but itself."""

import socket

import pytest
from django.test import Client


class NetworkUsed(AssertionError):
    pass


@pytest.fixture
def cut_off(monkeypatch):
    """Let nothing be looked up, and nothing be connected to but this machine."""
    connect = socket.socket.connect

    def only_here(self, address):
        if self.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "::1"):
            return connect(self, address)
        raise NetworkUsed(address)

    def no_lookup(host, *arguments, **options):
        if host in ("127.0.0.1", "::1", "localhost", None):
            return original(host, *arguments, **options)
        raise NetworkUsed(host)

    original = socket.getaddrinfo
    monkeypatch.setattr(socket.socket, "connect", only_here)
    monkeypatch.setattr(socket, "getaddrinfo", no_lookup)


def test_pages_and_desks_ask_nobody(series, registration_page, admin, cut_off):
    client = Client()
    for path in (
        "/",
        "/prevent/",
        series.url,
        registration_page.url,
        "/api/events/",
        "/cms/login/",
    ):
        assert client.get(path).status_code == 200
    client.force_login(admin)
    for path in ("/cms/", "/cms/account/", "/cms/prevent_registrations/registration/"):
        assert client.get(path).status_code == 200


def test_a_page_that_asked_would_be_noticed(cut_off):
    with pytest.raises(NetworkUsed):
        socket.create_connection(("www.example.com", 80), timeout=1)
