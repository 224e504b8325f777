"""Monitors are answered at a process's own address, whatever the site's name."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "10.1.2.3", "evil.example"])
def test_health_does_not_depend_on_the_name_of_the_site(client, settings, path, host):
    settings.ALLOWED_HOSTS = ["www.council.example"]
    response = client.get(path, headers={"host": host})
    assert response.status_code in (200, 503)
    assert host.encode() not in response.content
    assert response["Content-Security-Policy"]


@pytest.mark.django_db
def test_every_other_address_is_refused_under_another_name(client, settings, home):
    settings.ALLOWED_HOSTS = ["www.council.example"]
    assert client.get("/", headers={"host": "127.0.0.1:8000"}).status_code == 400
