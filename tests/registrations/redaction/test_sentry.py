import pytest
from django.core.exceptions import ImproperlyConfigured

from events.registrations import redaction

EVENT = {
    "user": {"ip_address": "192.0.2.1", "email": "canary@visitor.example"},
    "server_name": "canary-host",
    "breadcrumbs": {"values": [{"message": "SELECT 'canary'"}]},
    "extra": {"sys.argv": ["personal_data", "canary@visitor.example"]},
    "transaction": "/registration/canary-token/change/",
    "request": {
        "url": "https://site.example/registration/canary-token/?q=canary",
        "method": "POST",
        "data": {"name": "canary"},
        "query_string": "q=canary",
        "cookies": {"sessionid": "canary"},
        "headers": {"Referer": "https://site.example/registration/canary/"},
        "env": {"REMOTE_ADDR": "192.0.2.1"},
    },
    "exception": {
        "values": [
            {
                "type": "ValueError",
                "value": "canary",
                "stacktrace": {"frames": [{"function": "own", "vars": {"name": "canary"}}]},
            },
            {"type": "OperationalError", "value": "no route to canary@visitor.example"},
        ]
    },
    "logentry": {"message": "sent to %s", "params": ["canary@visitor.example"]},
    "message": "sent to canary@visitor.example",
}


def test_sentry_events_name_nobody_and_still_say_what_happened():
    event = redaction.scrubbed(EVENT, {})
    assert "canary" not in str(event)
    assert "192.0.2.1" not in str(event)
    assert event["request"] == {
        "method": "POST",
        "url": "https://site.example/registration/…/",
    }
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert event["exception"]["values"][0]["stacktrace"] == {"frames": [{"function": "own"}]}


def test_no_trail_of_earlier_events_is_stored():
    assert redaction.no_breadcrumb({"message": "canary"}, {}) is None


def test_an_address_without_the_package_stops_the_start_and_says_why(monkeypatch):
    monkeypatch.setattr(redaction, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"requirements-sentry\.lock"):
        redaction.start_sentry("https://key@redaction.example/1")


def test_the_real_package_starts_with_nothing_personal():
    sdk = pytest.importorskip("sentry_sdk")
    sent = []

    class Recorder(sdk.transport.Transport):
        def capture_envelope(self, envelope):
            sent.append(envelope.serialize())

    redaction.start_sentry("https://key@redaction.example/1", transport=Recorder)
    secret = "canary"
    try:
        raise ValueError(secret)
    except ValueError as error:
        sdk.capture_exception(error)
    sdk.flush()
    options = sdk.get_client().options
    sdk.get_client().close()
    sdk.get_global_scope().set_client(None)
    assert sent
    # The source line that raised is code, and may be included.
    assert b'"value":"canary"' not in b"".join(sent)
    assert b'"vars"' not in b"".join(sent)
    assert options["send_default_pii"] is False
    assert options["max_request_body_size"] == "never"
