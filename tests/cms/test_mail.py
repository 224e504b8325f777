"""Settings from EMAIL_URL and TASKS_URL."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.test import override_settings

from cms.settings.mail import ENGINE, email_settings, engine_settings


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, "", "", False, False, 10)),
        ("smtp://mail.example", ("mail.example", 25, "", "", False, False, 10)),
        ("smtp+tls://me:p%40ss@mail.example", ("mail.example", 587, "me", "p@ss", True, False, 10)),
        ("smtp+ssl://mail.example?timeout=4", ("mail.example", 465, "", "", False, True, 4)),
    ],
)
def test_an_smtp_address_gives_host_login_security_and_timeout(url, expected):
    with override_settings(**email_settings(url)):
        backend = get_connection()
    assert (
        backend.host,
        backend.port,
        backend.username,
        backend.password,
        backend.use_tls,
        backend.use_ssl,
        backend.timeout,
    ) == expected


@pytest.mark.parametrize(
    ("url", "attribute", "value"),
    [
        ("anymail+postmark://?server_token=s3", "server_token", "s3"),
        ("anymail+mailgun://?api_key=s3&sender_domain=council.example", "api_key", "s3"),
        ("anymail+brevo://?api_key=s3", "api_key", "s3"),
        ("anymail+mailjet://?api_key=s3&secret_key=s4", "secret_key", "s4"),
        ("anymail+resend://?api_key=s3", "api_key", "s3"),
        ("anymail+scaleway://?secret_key=s3&project_id=p", "project_id", "p"),
    ],
)
def test_a_mail_service_is_chosen_by_its_address_alone(url, attribute, value):
    with override_settings(**email_settings(f"{url}&timeout=7")):
        backend = get_connection()
    assert getattr(backend, attribute) == value
    assert backend.timeout == 7


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "smtp://",
        "ftp://me:secret@mail.example",
        "smtp://me:secret@mail.example:port",
        "smtp://mail.example?timeout=soon",
        "smtp://mail.example?colour=red",
        "anymail+://?server_token=secret",
    ],
)
def test_an_invalid_address_stops_the_start_without_showing_its_password(url):
    with pytest.raises(ImproperlyConfigured) as caught:
        email_settings(url)
    assert "EMAIL_URL" in str(caught.value)
    assert "me:secret" not in str(caught.value)


def test_without_an_engine_nothing_is_configured():
    assert engine_settings("") == {}


def test_wagtails_own_tasks_stay_immediate_beside_an_engine():
    found = engine_settings("redis://127.0.0.1:6379/3")
    assert found["TASKS"]["default"]["BACKEND"].endswith("ImmediateBackend")
    assert ENGINE in found["TASKS"]
    assert found["RQ_QUEUES"]["mail"]["URL"] == (
        "redis://127.0.0.1:6379/3?socket_connect_timeout=2"
    )


def test_an_invalid_engine_stops_the_start():
    with pytest.raises(ImproperlyConfigured, match="TASKS_URL"):
        engine_settings("http://127.0.0.1")
