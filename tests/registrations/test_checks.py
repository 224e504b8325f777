"""System checks of the mail settings."""

import pytest
from django.core.checks import run_checks

from events.registrations import checks


def found(*, deploy: bool) -> set[str]:
    return {
        message.id
        for message in run_checks(include_deployment_checks=deploy)
        if message.id.startswith("prevent_registrations.")
    }


def test_a_deployment_without_domains_or_a_technical_address_gets_a_warning(settings):
    limits = {"ORGANISER_EMAIL_DOMAINS": [], "TECHNICAL_EMAIL": ""}
    settings.PREVENT = settings.PREVENT | limits
    assert found(deploy=True) == {"prevent_registrations.W001", "prevent_registrations.W002"}
    assert found(deploy=False) == set()


def test_a_deployment_with_both_gets_none(settings):
    settings.PREVENT = {**settings.PREVENT, "ORGANISER_EMAIL_DOMAINS": ["council.example"]}
    settings.PREVENT = {**settings.PREVENT, "TECHNICAL_EMAIL": "web@council.example"}
    assert found(deploy=True) == set()


def test_a_task_engine_that_is_not_installed_is_named_with_its_extra(settings):
    settings.PREVENT = {**settings.PREVENT, "OUTBOX_TASKS_BACKEND": "mail"}
    settings.TASKS = {"mail": {"BACKEND": "not_installed.Backend"}}
    (error,) = checks.mail_settings_make_sense(None)
    assert error.id == "prevent_registrations.E003"
    assert "requirements-rq.lock" in error.hint


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TECHNICAL_EMAIL", "web at council", {"prevent_registrations.E002"}),
        ("OUTBOX_TASKS_BACKEND", "nowhere", {"prevent_registrations.E001"}),
    ],
)
def test_an_invalid_setting_stops_the_start(settings, name, value, expected):
    settings.PREVENT = {**settings.PREVENT, name: value}
    assert found(deploy=False) == expected
