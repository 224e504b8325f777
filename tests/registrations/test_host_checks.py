"""System checks of how a site has installed the plugin."""

import re
from pathlib import Path
from types import ModuleType

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.urls import include, path
from wagtail.models import Site

from events.registrations import host_checks, plugin_urls

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def test_the_releases_match_the_wheels_requirements():
    for name, (_version, first, end) in host_checks.RELEASES.items():
        wanted = f'"{name}>={host_checks.dotted(first)},<{host_checks.dotted(end)}"'
        assert wanted.lower() in PYPROJECT.read_text().lower()


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ((7, 3, 4), ["prevent_registrations.E013"]),
        ((7, 4, 0), []),
        ((8, 0, 1), []),
        ((8, 1, 0), ["prevent_registrations.W013"]),
    ],
)
def test_a_release_outside_the_range_is_named_with_the_line_that_fixes_it(
    monkeypatch, version, expected
):
    monkeypatch.setattr(host_checks, "RELEASES", {"Wagtail": (version, (7, 4), (8, 1))})
    messages = host_checks.releases_are_supported(None)
    assert [message.id for message in messages] == expected
    for message in messages:
        assert 'pip install "Wagtail>=7.4,<8.1"' in message.hint


def test_another_database_is_refused(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "mysql")
    monkeypatch.setattr(connection, "display_name", "MariaDB")
    (error,) = host_checks.database_is_supported(None)
    assert "does not support MariaDB" in error.msg
    assert "PostgreSQL or SQLite" in error.hint


def test_a_site_without_time_zones_is_refused(settings):
    settings.USE_TZ = False
    (error,) = host_checks.times_have_zones(None)
    assert error.hint == "Set USE_TZ = True."


@pytest.mark.parametrize("keys", [[], ["secret"]])
def test_a_missing_or_wrong_key_is_a_message_that_does_not_repeat_it(settings, keys):
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": keys}
    (error,) = host_checks.answers_can_be_encrypted(None)
    assert "FIELD_ENCRYPTION_KEYS" in error.msg
    assert "openssl rand -base64 32" in f"{error.msg} {error.hint}"
    assert "secret" not in f"{error.msg} {error.hint}"


@pytest.mark.parametrize(("times", "expected"), [(1, 0), (2, 4)])
def test_addresses_included_twice_are_refused(settings, times, expected):
    urls = ModuleType("host_urls")
    urls.urlpatterns = [path(f"{number}/", include(plugin_urls)) for number in range(times)]
    settings.ROOT_URLCONF = urls
    assert len(host_checks.namespaces_are_ours_alone(None)) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hostname", "address", "expected"),
    [
        ("localhost", "", 1),
        ("localhost", "https://www.council.example", 1),
        ("www.council.example", "https://council.example", 1),
        ("www.council.example", "https://www.council.example", 0),
        ("www.council.example", "", 0),
    ],
)
def test_a_site_record_at_another_address_is_named(settings, hostname, address, expected):
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": address}
    Site.objects.filter(is_default_site=True).update(hostname=hostname)
    Site.clear_site_root_paths_cache()
    found = host_checks.site_record_has_the_address(None, databases=["default"])
    assert len(found) == expected
    assert host_checks.site_record_has_the_address(None, databases=[]) == []


def test_a_base_template_without_one_of_our_blocks_is_named(settings, tmp_path):
    (tmp_path / "base.html").write_text(
        "<title>{% block title %}{% endblock %}</title>{% block content %}{% endblock %}"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path], "APP_DIRS": False}]
    (warning,) = host_checks.base_template_has_our_blocks(None)
    assert "extra_css" in warning.msg
    assert warning.hint == "Add {% block extra_css %}{% endblock %} inside <head>."


def test_this_site_has_nothing_to_fix():
    ids = {message.id or "" for message in run_checks()}
    assert not {name for name in ids if re.match(r"prevent_registrations\.[EW]01", name)}
