"""What operators see: JSON log lines, request identifiers, metrics, and where media are stored."""

import json
import logging
import logging.config
import subprocess
import sys
from datetime import datetime

import pytest
from django.conf import settings as site_settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from gunicorn.config import Config

from cms.log import JsonLogger, RequestIdFilter, json_formatter, request_id
from cms.settings import media

PROBE = """
import django, json
from django.conf import settings
django.setup()
from django.test import Client
from events.registrations.mail import alarms
alarms.unresolved = lambda: type("Seven", (), {"count": lambda self: 7})()
settings.ALLOWED_HOSTS = ["testserver"]
anonymous = Client().get("/metrics")
with_token = Client().get("/metrics", headers={"authorization": "Bearer sesame"})
text = with_token.content.decode()
print(json.dumps([anonymous.status_code, with_token.status_code,
    "django_http" in text and "prevent_undeliverable_emails 7.0" in text]))
"""


def test_a_log_line_is_json_with_its_request_identifier(capsys):
    config = json.loads(json.dumps(site_settings.LOGGING, default=str))
    config["handlers"]["console"]["formatter"] = "json"
    config["filters"]["mask"] = site_settings.LOGGING["filters"]["mask"]
    try:
        logging.config.dictConfig({**config, "loggers": {}})
        response = Client().get("/healthz")
        logging.getLogger("site").warning("Hello edith@example.org")
    finally:
        logging.config.dictConfig(site_settings.LOGGING)
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert {"at", "level", "logger", "message", "request_id"} == line.keys()
    assert "edith" not in line["message"]
    assert len(response["X-Request-ID"]) == 32


def test_a_log_line_has_its_offset_from_utc():
    record = logging.LogRecord("site", logging.INFO, "", 0, "Hello", None, None)
    record.request_id = "-"
    at = json.loads(json_formatter().format(record))["at"]
    assert datetime.fromisoformat(at).tzinfo is not None


def test_gunicorns_own_lines_are_json_too(tmp_path):
    config = Config()
    config.set("errorlog", str(tmp_path / "error.log"))
    JsonLogger(config).error("Worker of edith@example.org (pid:%s) exited", 7)
    line = json.loads((tmp_path / "error.log").read_text())
    assert {"at", "level", "logger", "message", "request_id"} == line.keys()
    assert "edith" not in line["message"]


def test_a_missing_static_file_is_logged_with_its_request(caplog, home):
    caplog.handler.addFilter(RequestIdFilter())
    response = Client().get("/static/missing.css")
    assert response.status_code == 404
    (line,) = [record for record in caplog.records if record.name == "django.request"]
    assert line.request_id == response["X-Request-ID"]
    assert request_id.get() == "-"


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [("a" * 32, True), ("short", False), ("a" * 32 + "\t{", False), ("A" * 200, False)],
)
def test_an_identifier_that_could_forge_a_line_is_refused(given, is_taken):
    response = Client().get("/healthz", headers={"x-request-id": given})
    assert (response["X-Request-ID"] == given) == is_taken


def test_there_are_no_metrics_without_a_token(home):
    assert Client().get("/metrics", follow=True).status_code == 404


def test_metrics_are_for_callers_with_the_token(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        env={
            "DJANGO_SETTINGS_MODULE": "cms.settings.dev",
            "METRICS_TOKEN": "sesame",
            "VAR_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [401, 200, True]


def test_media_are_in_a_folder_unless_a_bucket_is_named(monkeypatch):
    assert media.storage()["BACKEND"].endswith("FileSystemStorage")
    assert media.host() == ""
    monkeypatch.setenv("MEDIA_BUCKET", "council-media")
    monkeypatch.setattr(media, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"requirements-s3\.lock"):
        media.storage()
    monkeypatch.setattr(media, "find_spec", lambda name: True)
    monkeypatch.setenv("MEDIA_ENDPOINT", "https://objects.example")
    assert media.storage()["OPTIONS"]["bucket_name"] == "council-media"
    assert media.host() == "https://objects.example"
    monkeypatch.setenv("MEDIA_DOMAIN", "media.council.example")
    assert media.host() == "https://media.council.example"


@pytest.mark.parametrize(
    ("method", "path", "extra", "status"),
    [
        ("get", "/nothing/", {}, 404),
        ("get", "/static/nothing.css", {}, 404),
        ("get", "/", {"headers": {"host": "evil.example"}}, 400),
        ("post", "/registration/link/", {"headers": {"sec-fetch-site": "cross-site"}}, 403),
        ("post", "/cms/login/", {"data": {"username": "x"}}, 403),
        ("post", "/healthz", {}, 405),
    ],
)
def test_refused_requests_are_logged_with_their_identifier(
    db, home, caplog, method, path, extra, status
):
    caplog.handler.addFilter(RequestIdFilter())
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    response = getattr(client, method)(path, **extra)
    assert response.status_code == status
    lines = [line for line in caplog.records if line.levelname in ("WARNING", "ERROR")]
    assert lines
    assert {line.request_id for line in lines} == {response["X-Request-ID"]}
