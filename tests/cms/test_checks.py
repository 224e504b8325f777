"""The deployment checks (`check --deploy`) of an installation."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Site

from cms import checks
from events.registrations import worker_settings
from events.registrations.models import Heartbeat
from tests.factories import UserFactory


def ids(found) -> list[str]:
    return [each.id for each in found]


@pytest.mark.parametrize(
    ("backend", "processes", "expected"),
    [
        ("django.core.cache.backends.locmem.LocMemCache", "", ["cms.W003"]),
        ("django.core.cache.backends.locmem.LocMemCache", "1", []),
        ("django.core.cache.backends.filebased.FileBasedCache", "4", []),
    ],
)
def test_several_processes_need_a_shared_cache(settings, monkeypatch, backend, processes, expected):
    monkeypatch.setenv("WEB_PROCESSES", processes)
    monkeypatch.setitem(settings.CACHES, "default", {"BACKEND": backend})
    assert ids(checks.cache_is_shared(None)) == expected


@pytest.mark.parametrize(
    ("url", "expected"), [("https://council.example", []), ("http://council.example", ["cms.W004"])]
)
def test_the_address_of_the_site_is_secure(settings, url, expected):
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": url}
    assert ids(checks.site_url_is_secure(None)) == expected


def test_state_is_outside_the_code_and_for_its_user_alone(settings, tmp_path):
    tmp_path.chmod(0o750)
    settings.VAR_DIR = tmp_path
    assert checks.state_is_kept_apart(None) == []
    tmp_path.chmod(0o770)
    assert "by others" in checks.state_is_kept_apart(None)[0].msg
    settings.VAR_DIR = tmp_path / "missing"
    assert "not there" in checks.state_is_kept_apart(None)[0].msg
    settings.VAR_DIR = settings.BASE_DIR / "var"
    assert "inside the code" in checks.state_is_kept_apart(None)[0].msg


@pytest.mark.django_db
def test_the_site_record_agrees_with_the_address(settings, home):
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": "https://www.council.example"}
    assert ids(checks.site_record_agrees(None, databases=["default"])) == ["cms.W006"]
    assert checks.site_record_agrees(None) == []
    Site.objects.filter(is_default_site=True).update(hostname="www.council.example", port=443)
    assert checks.site_record_agrees(None, databases=["default"]) == []


@pytest.mark.django_db
def test_a_verified_backup_is_less_than_a_day_old(settings):
    assert "never" in checks.backup_is_recent(None, databases=["default"])[0].msg
    Heartbeat.beat(Heartbeat.BACKUP, at=timezone.now() - timedelta(days=2))
    assert ids(checks.backup_is_recent(None, databases=["default"])) == ["cms.W007"]
    Heartbeat.beat(Heartbeat.BACKUP, at=timezone.now())
    assert checks.backup_is_recent(None, databases=["default"]) == []


@pytest.mark.django_db
def test_the_worker_runs_with_the_same_settings(settings):
    worker_settings.beat(at=timezone.now())
    assert checks.worker_has_the_same_settings(None, databases=["default"]) == []
    settings.PREVENT = {**settings.PREVENT, "SITE_URL": "https://other.example"}
    assert ids(checks.worker_has_the_same_settings(None, databases=["default"])) == ["cms.W008"]


@pytest.mark.django_db
def test_administrators_see_on_their_dashboard_when_the_last_backup_was_written(client, lead):
    client.force_login(UserFactory(is_superuser=True))
    assert "There is no verified backup yet" in dashboard(client)
    Heartbeat.beat(Heartbeat.BACKUP, at=timezone.now() - timedelta(hours=5))
    assert "5\xa0hours ago" in dashboard(client)
    assert "Tell whoever runs" not in dashboard(client)
    client.force_login(lead)
    assert "verified backup" not in dashboard(client)


def dashboard(client) -> str:
    return client.get(reverse("wagtailadmin_home")).content.decode()
