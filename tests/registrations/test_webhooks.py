"""Webhooks: what is sent, to whom, how it is signed, and what protects the inside."""

import threading
from base64 import b64encode
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from wagtail.models import PageViewRestriction, Site

from events.actions import cancel_occurrence, move_online
from events.registrations import webhooks
from events.registrations.checks import targets_make_sense
from events.registrations.models import WebhookDelivery
from events.registrations.places import ensure_count, release, take
from home.models import SiteSettings
from prevent_content.models import AlertBanner, PreventSettings
from prevent_content.public_version import PublicVersion
from tests.conftest import NOW
from tests.factories import OrganiserFactory, SpeakerFactory, VenueFactory, publish

SECRET = "whsec_" + b64encode(b"a key of thirty-two bytes, ok...").decode()
State = WebhookDelivery.State


@pytest.fixture
def receiver(settings):
    """A front end on this machine that stores what it receives, and answers ``receiver.status``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.told.append((dict(self.headers), body))
            self.send_response(self.server.status)
            self.send_header("Location", "http://169.254.169.254/latest/")
            self.end_headers()

        def log_message(self, *arguments) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.told, server.status = [], 204
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.address = f"http://127.0.0.1:{server.server_port}/hook"
    settings.PREVENT = {**settings.PREVENT, "WEBHOOKS": [{"url": server.address, "secret": SECRET}]}
    settings.PREVENT = {**settings.PREVENT, "WEBHOOK_NETWORKS": ["127.0.0.0/8"]}
    yield server
    server.shutdown()
    server.server_close()


def test_a_cancelled_date_is_sent_signed_and_without_personal_data(series, receiver):
    date = series.occurrences.first()
    cancel_occurrence(date, reason="The hall is flooded", by=None)
    assert [went for _, went in webhooks.send_due()] == [True]
    ((headers, body),) = receiver.told
    # The package checks signature and age, and raises if either is wrong.
    verified = Webhook(SECRET).verify(body, {name.lower(): text for name, text in headers.items()})
    assert verified == {
        "type": "occurrence.cancelled",
        "timestamp": "2026-11-02T12:00:00+00:00",
        "data": {
            "action": "cancelled",
            "occurrence": {
                "id": str(date.uuid),
                "detail_url": f"http://testserver/api/occurrences/{date.uuid}/",
            },
            "event": {
                "id": series.pk,
                "detail_url": f"http://testserver/api/events/{series.pk}/",
            },
        },
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", {name.lower(): text for name, text in headers.items()})
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts) == (State.SENT, 1)


def test_other_changes_of_a_date_and_publishing_are_sent(series, receiver):
    move_online(series.occurrences.first(), reason="Snow", by=None)
    publish(series)
    series.unpublish(user=None)
    kinds = list(WebhookDelivery.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["occurrence.changed", "page.published", "page.unpublished"]


def test_whatever_a_public_page_shows_is_sent_and_raises_the_version(
    series, registration_page, receiver, version_at_once
):
    """Settings, venues, speakers, banners and places: each is sent, and every copy expires."""
    registration_page.capacity = 1
    publish(registration_page)
    site = Site.objects.get()
    banner = AlertBanner(title="The hall is closed", starts_at=NOW)
    settings, look = PreventSettings.for_site(site), SiteSettings.for_site(site)
    organiser, speaker, venue = OrganiserFactory(), SpeakerFactory(), VenueFactory()
    date = series.occurrences.first()
    ensure_count(date, registration_page)
    changes = [
        (settings.save, "site.changed"),
        (look.save, "site.changed"),
        (site.save, "site.changed"),
        (banner.save, "content.changed"),
        (banner.delete, "content.changed"),
        (venue.save, "content.changed"),
        (speaker.save, "content.changed"),
        (organiser.save, "content.changed"),
        (lambda: take(date.pk, 1), "places.changed"),
        (lambda: release(date.pk, 1, at=NOW), "places.changed"),
        (lambda: cancel_occurrence(date, reason="Snow", by=None), "occurrence.cancelled"),
        (lambda: publish(series), "page.published"),
    ]
    for change, kind in changes:
        WebhookDelivery.objects.all().delete()
        before = PublicVersion.current().number
        change()
        assert kind in WebhookDelivery.objects.values_list("kind", flat=True), kind
        assert PublicVersion.current().number > before, kind


def test_a_place_that_changes_nothing_for_readers_is_not_sent(series, registration_page, receiver):
    registration_page.capacity = 100
    publish(registration_page)
    date = series.occurrences.first()
    ensure_count(date, registration_page)
    WebhookDelivery.objects.all().delete()
    take(date.pk, 1)
    release(date.pk, 1, at=NOW)
    assert not WebhookDelivery.objects.exists()


def test_a_draft_is_not_sent(series, receiver):
    series.title = "Not yet"
    series.save_revision()
    assert not WebhookDelivery.objects.exists()


def test_a_restricted_page_is_not_sent(series, receiver):
    PageViewRestriction.objects.create(page=series, restriction_type="login")
    publish(series)
    assert not WebhookDelivery.objects.filter(kind__startswith="page.").exists()


def test_nothing_is_sent_without_a_target(series):
    cancel_occurrence(series.occurrences.first(), reason="Snow", by=None)
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_a_refused_call_is_retried_with_the_same_id_and_no_redirect(
    series, receiver, status, clock
):
    cancel_occurrence(series.occurrences.first(), reason="Snow", by=None)
    receiver.status = status
    assert [went for _, went in webhooks.send_due()] == [False]
    row = WebhookDelivery.objects.get()
    assert row.state == State.FAILED
    assert row.last_error == f"TargetRefused {status}"
    assert list(webhooks.send_due()) == []
    receiver.status = 200
    clock.shift(120)
    assert [went for _, went in webhooks.send_due()] == [True]
    first, second = receiver.told
    assert first[0]["Webhook-Id"] == second[0]["Webhook-Id"]


def test_it_is_given_up_after_three_days(series, receiver):
    cancel_occurrence(series.occurrences.first(), reason="Snow", by=None)
    receiver.status = 500
    later = NOW + timedelta(hours=73)
    assert [went for _, went in webhooks.send_due(now=lambda: later)] == [False]
    assert WebhookDelivery.objects.get().state == State.ABANDONED


def test_a_row_whose_sender_died_is_sent_by_the_next(series, receiver):
    cancel_occurrence(series.occurrences.first(), reason="Snow", by=None)
    assert len(webhooks.claim(at=NOW)) == 1
    assert list(webhooks.send_due()) == []
    later = NOW + timedelta(minutes=3)
    assert [went for _, went in webhooks.send_due(now=lambda: later)] == [True]


def test_a_target_no_longer_configured_is_not_called(series, receiver, settings):
    cancel_occurrence(series.occurrences.first(), reason="Snow", by=None)
    settings.PREVENT = {**settings.PREVENT, "WEBHOOKS": []}
    assert [went for _, went in webhooks.send_due()] == [False]
    row = WebhookDelivery.objects.get()
    assert (row.state, row.last_error) == (State.ABANDONED, "AddressNotAllowed")
    assert receiver.told == []


def test_a_name_that_resolves_to_the_inside_is_not_called(series, receiver, settings):
    settings.PREVENT = {**settings.PREVENT, "WEBHOOK_NETWORKS": []}
    cancel_occurrence(series.occurrences.first(), reason="Snow", by=None)
    assert [went for _, went in webhooks.send_due()] == [False]
    assert WebhookDelivery.objects.get().last_error == "AddressNotAllowed"
    assert receiver.told == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),  # noqa: S104 - looked at, not bound to
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1"),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1"),
    ],
)
def test_internal_addresses_may_not_be_called(address, settings):
    settings.PREVENT = {**settings.PREVENT, "WEBHOOK_NETWORKS": []}
    assert not webhooks.may_be_called(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_the_public_internet_may_be_called(address):
    assert webhooks.may_be_called(address)


def answers(*addresses):
    return [(2, 1, 6, "", (address, 443)) for address in addresses]


def test_a_name_with_one_internal_address_is_refused_altogether(monkeypatch):
    found = answers("93.184.215.14", "10.0.0.1")
    monkeypatch.setattr(webhooks.socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(webhooks.AddressNotAllowed):
        webhooks.resolve("front.council.example", 443)


def test_a_name_that_changes_its_address_is_resolved_once(monkeypatch, receiver, settings):
    """DNS rebinding: an address outside when checked, inside when connected."""
    asked, connected = [], []

    def getaddrinfo(host, *args, **kwargs):
        asked.append(host)
        return answers("93.184.215.14" if len(asked) == 1 else "127.0.0.1")

    def create_connection(address, timeout):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(webhooks.socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(webhooks.socket, "create_connection", create_connection)
    with pytest.raises(ConnectionRefusedError):
        webhooks.post("https://rebinding.example/hook", b"{}", {})
    assert asked == ["rebinding.example"]
    assert connected == [("93.184.215.14", 443)]


def test_a_server_that_never_ends_its_answer_is_cut_off(monkeypatch, settings):
    settings.PREVENT = {**settings.PREVENT, "WEBHOOK_NETWORKS": ["127.0.0.0/8"]}
    monkeypatch.setattr(webhooks, "SECONDS", 0.3)
    with webhooks.socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises((OSError, webhooks.http.client.HTTPException)):
            webhooks.post(f"http://127.0.0.1:{port}/", b"{}", {})


@pytest.mark.parametrize(
    ("target", "is_right"),
    [
        ({"url": "https://front.council.example/hook", "secret": SECRET}, True),
        ({"url": "https://front.council.example/hook", "secret": "short"}, False),
        ({"url": "https://front.council.example/hook", "secret": "whsec_c2hvcnQ="}, False),
        ({"url": "https://front.council.example/hook", "secret": "whsec_not base64"}, False),
        ({"url": "http://front.council.example/hook", "secret": SECRET}, False),
        ({"url": "https://user:pw@front.council.example/", "secret": SECRET}, False),
        ({"url": "file:///etc/passwd", "secret": SECRET}, False),
        ({"url": "https://front.council.example/hook"}, False),
        ("https://front.council.example/hook", False),
    ],
)
def test_an_invalid_target_is_reported_at_the_start(settings, target, is_right):
    settings.PREVENT = {**settings.PREVENT, "WEBHOOKS": [target]}
    assert (targets_make_sense(None) == []) is is_right


def test_the_log_is_stored_for_a_month(series, receiver):
    cancel_occurrence(series.occurrences.first(), reason="Snow", by=None)
    assert [went for _, went in webhooks.send_due()] == [True]
    assert webhooks.forget_old(at=NOW + timedelta(days=29)) == 0
    assert webhooks.forget_old(at=NOW + timedelta(days=31)) == 1


def test_the_cms_log_is_for_people_who_manage_deliveries(client, series, receiver, admin, editor):
    cancel_occurrence(series.occurrences.first(), reason="Snow", by=None)
    address = "/cms/prevent_registrations/webhookdelivery/"
    client.force_login(editor)
    assert client.get(address).status_code in (302, 403)
    client.force_login(admin)
    shown = client.get(address)
    assert shown.status_code == 200
    assert "A date was cancelled" in shown.content.decode()
    assert client.get(f"{address}?p=99").status_code == 404
