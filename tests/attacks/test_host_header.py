"""A made-up port or host name appears in nothing that others may be served."""

import pytest
from django.test import Client

ADDRESSES = (
    "/",
    "/prevent/",
    "/prevent/roundtables/",
    "/api/v2/pages/",
    "/api/v2/pages/?fields=*",
    "/api/v2/images/",
    "/api/site/",
    "/api/events/",
    "/api/occurrences/",
    "/api/openapi.json",
    "/calendar/events.ics",
    "/sitemap.xml",
    "/robots.txt",
    "/.well-known/security.txt",
)


def body_of(answer):
    """Return the text of an answer, streamed or not."""
    return getattr(answer, "getvalue", lambda: answer.content)().decode()


@pytest.fixture
def town(series, registration_page, settings):
    settings.SECURITY_CONTACT = "mailto:security@council.example"
    settings.PREVENT = {**settings.PREVENT, "PAGE_CACHE_SECONDS": 0}


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_made_up_port_is_in_no_answer(town, path):
    answer = Client().get(path, headers={"host": "testserver:9999"})
    assert answer.status_code == 200
    assert "9999" not in str(answer.headers)
    assert ":9999" not in body_of(answer)


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Forwarded", "X-Original-Host"])
@pytest.mark.parametrize("path", ADDRESSES)
def test_a_name_in_another_header_is_in_no_answer(town, path, header):
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    answer = Client().get(path, headers={header: value})
    assert answer.status_code == 200
    assert "evil.example" not in body_of(answer)
