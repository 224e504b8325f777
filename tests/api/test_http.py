"""Methods, formats, sizes, origins and caching: what every API address has in common."""

import pytest

from events.actions import cancel_occurrence
from prevent_content.public_version import PublicVersion
from tests.conftest import NOW
from tests.factories import publish

FRONT = "https://front.council.example"
LISTS = ["/api/occurrences/", "/api/events/", "/api/v2/pages/", "/api/openapi.json"]


@pytest.fixture
def site(series):
    return series


@pytest.mark.parametrize("address", [*LISTS, "/api/v2/images/", "/api/v2/documents/"])
def test_an_answer_says_how_long_it_is_fresh_and_what_it_varies_on(client, site, address):
    response = client.get(address)
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=60"
    assert {"Accept", "Origin"} <= set(response["Vary"].split(", "))
    assert "Cookie" not in response["Vary"]
    assert response["ETag"].startswith('"')


@pytest.mark.parametrize("address", LISTS)
def test_head_sends_the_headers_of_get_and_no_body(client, site, address):
    got, asked = client.get(address), client.head(address)
    assert asked.status_code == 200
    assert asked.content == b""
    assert asked["ETag"] == got["ETag"]
    assert int(asked["Content-Length"]) == len(got.content)


@pytest.mark.parametrize(
    ("method", "address", "data", "headers", "status"),
    [
        ("get", "/api/", None, {}, 404),
        ("get", "/api/nothing/", None, {}, 404),
        ("get", "/api/events/999999/", None, {}, 404),
        ("get", "/api/occurrences/00000000-0000-4000-8000-000000000000/", None, {}, 404),
        ("get", "/api/registration-forms/999999/", None, {}, 404),
        ("get", "/api/v2/pages/999999/", None, {}, 404),
        ("get", "/api/v2/pages/find/?id=999999", None, {}, 404),
        ("get", "/api/v2/pages/?fields=nothing", None, {}, 400),
        ("get", "/api/v2/pages/?order=organiser", None, {}, 400),
        ("get", "/api/v2/pages/?locale=xx", None, {}, 404),
        ("get", "/api/v2/pages/?type=auth.User", None, {}, 400),
        ("get", "/api/v2/images/?limit=x", None, {}, 400),
        ("post", "/api/events/", "{}", {}, 405),
        ("delete", "/api/occurrences/", None, {}, 405),
        ("post", "/api/v2/pages/", "{}", {}, 405),
        ("get", "/api/registrations/", None, {}, 405),
        ("get", "/api/occurrences/", None, {"Accept": "text/html"}, 406),
        ("get", "/api/docs", None, {"Accept": "application/json"}, 406),
        ("post", "/api/registrations/", "x" * 70_000, {}, 413),
        ("post", "/api/registrations/", "{", {}, 400),
        ("post", "/api/registrations/", "[" * 30_000, {}, 400),
        ("post", "/api/registrations/", b"\xff\xfe", {}, 400),
        ("get", "/api/occurrences/?from=tomorrow", None, {}, 400),
        ("get", "/api/occurrences/?from=1700000000", None, {}, 400),
        ("get", "/api/occurrences/?from=2027-01-02&to=2027-01-01", None, {}, 400),
        ("get", "/api/occurrences/?cursor=nonsense", None, {}, 400),
        ("get", "/api/occurrences/?limit=101", None, {}, 400),
        ("get", "/api/occurrences/?event=99999999999999999999", None, {}, 400),
        ("get", "/api/occurrences/?colour=red", None, {}, 400),
        ("get", "/api/events/99999999999999999999/", None, {}, 404),
    ],
)
def test_every_error_is_a_problem_with_a_sentence(
    client, site, method, address, data, headers, status
):
    sent = {"data": data, "content_type": "application/json"} if data is not None else {}
    response = getattr(client, method)(address, headers={"Idempotency-Key": "x"} | headers, **sent)
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    said = response.json()
    assert said["status"] == status
    assert said["type"]
    assert said["title"]
    assert said["detail"].endswith(".")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_json_is_refused_by_its_type(client, site, kind):
    response = client.generic("POST", "/api/registrations/", b"{}", content_type=kind)
    assert response.status_code == 415


def test_options_lists_the_methods(client, site):
    assert client.options("/api/occurrences/")["Allow"] == "GET, HEAD, OPTIONS"
    assert client.options("/api/registrations/")["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("address", ["/api/occurrences/", "/api/registrations/", "/api/nothing/"])
def test_only_pages_from_configured_origins_may_read(client, site, settings, address):
    settings.PREVENT = {**settings.PREVENT, "API_ORIGINS": [FRONT]}
    allowed = client.get(address, headers={"Origin": FRONT})
    assert allowed["Access-Control-Allow-Origin"] == FRONT
    for origin in ("https://elsewhere.example", "null", f"{FRONT}.elsewhere.example"):
        assert "Access-Control-Allow-Origin" not in client.get(address, headers={"Origin": origin})
    assert "Access-Control-Allow-Credentials" not in allowed


def test_a_browser_may_ask_before_it_sends_a_registration(client, site, settings):
    settings.PREVENT = {**settings.PREVENT, "API_ORIGINS": [FRONT]}
    asked = {"Access-Control-Request-Method": "POST", "Origin": FRONT}
    response = client.options("/api/registrations/", headers=asked)
    assert response.status_code == 204
    assert "POST" in response["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in response["Access-Control-Allow-Headers"]
    asked["Origin"] = "https://elsewhere.example"
    assert "Access-Control-Allow-Methods" not in client.options(
        "/api/registrations/", headers=asked
    )


@pytest.mark.parametrize("address", LISTS)
def test_a_current_copy_is_not_sent_again(client, site, address, django_assert_max_num_queries):
    tag = client.get(address)["ETag"]
    with django_assert_max_num_queries(2):
        response = client.get(address, headers={"If-None-Match": tag})
    assert response.status_code == 304
    assert response.content == b""
    assert response["ETag"] == tag


@pytest.mark.parametrize(
    "address", ["/api/occurrences/", "/api/events/", "/api/v2/pages/", "/api/events/{}/"]
)
def test_a_copy_is_out_of_date_as_soon_as_its_content_changes(
    client, series, address, django_capture_on_commit_callbacks
):
    address = address.format(series.pk)
    first = client.get(address)
    series.title = "Another title"
    with django_capture_on_commit_callbacks(execute=True):
        publish(series)
    second = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert b"Another title" in second.content


def test_a_cancelled_date_shows_at_once(client, version_at_once, series):
    date = series.occurrences.first()
    first = client.get("/api/occurrences/")
    cancel_occurrence(date, reason="The hall is flooded", by=None)
    second = client.get("/api/occurrences/", headers={"If-None-Match": first["ETag"]})
    assert second.json()["items"][0]["status"] == "cancelled"


def test_a_copy_is_out_of_date_the_next_day_because_lists_begin_today(client, series, clock):
    # The tables were made by the machine's own clock, which may be ahead of the test's.
    PublicVersion.objects.update(changed_at=NOW)
    first = client.get("/api/occurrences/")
    clock.move_to("2026-11-27T00:01:00+00:00")
    for headers in (
        {"If-None-Match": first["ETag"]},
        {"If-Modified-Since": first["Last-Modified"]},
    ):
        second = client.get("/api/occurrences/", headers=headers)
        assert second.status_code == 200
        assert len(second.json()["items"]) == len(first.json()["items"]) - 1
