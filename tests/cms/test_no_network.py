"""The site serves its pages without any other network."""

import socket

import pytest
from django.test import Client


class NetworkUsed(AssertionError):
    pass


@pytest.fixture
def cut_off(monkeypatch):
    """Allow no lookups, and connections to this machine only."""
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


def test_pages_and_cms_screens_request_nothing_elsewhere(series, registration_page, admin, cut_off):
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


def test_control_a_page_that_requests_something_is_noticed(cut_off):
    with pytest.raises(NetworkUsed):
        socket.create_connection(("www.example.com", 80), timeout=1)
