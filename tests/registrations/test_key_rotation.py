"""Rotation: a new key in front, everything re-encrypted, the old one removed."""

from base64 import urlsafe_b64encode

import pytest
from django.core.management import CommandError, call_command

from events.registrations.encryption import UndecryptableAnswers
from events.registrations.key_rotation import encrypted_columns, rotate
from events.registrations.models import Complaint, Registration
from tests.factories import RegistrationFactory

OLD, NEW, OTHER = (urlsafe_b64encode(letter * 32).decode() for letter in (b"o", b"n", b"x"))
SENSITIVE = [{"name": "access_needs", "label": "Access needs", "value": "A hearing loop"}]

pytestmark = pytest.mark.django_db


@pytest.fixture
def encrypted(settings):
    """Three registrations and a complaint with the old key; then a new key in front."""
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [OLD]}
    registrations = [
        RegistrationFactory(email=f"{number}@visitor.example", sensitive_answers=SENSITIVE)
        for number in range(3)
    ]
    Complaint.objects.create(name="Ada", email="ada@visitor.example", text="No", due_on="2026-12-2")
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [NEW, OLD]}
    return registrations


def column(name):
    return next(pair for pair in encrypted_columns() if pair[1].name == name)


def test_every_encrypted_column_is_found():
    assert {f"{model.__name__}.{field.name}" for model, field in encrypted_columns()} == {
        "Registration.sensitive_answers",
        *(f"Complaint.{name}" for name in ("name", "email", "contact", "text", "outcome")),
        *(f"SubjectRequest.{name}" for name in ("name", "email", "contact", "text", "outcome")),
    }


def test_after_rotation_the_old_key_can_be_removed(encrypted, settings, capsys):
    call_command("rotate_encryption_keys")
    assert "Registration.sensitive_answers: 3 rotated" in capsys.readouterr().out
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [NEW]}
    assert [row.sensitive_answers for row in Registration.objects.all()] == [SENSITIVE] * 3
    assert Complaint.objects.get().text == "No"
    call_command("rotate_encryption_keys", "--check")


def test_before_rotation_the_old_key_cannot_be_removed_and_the_check_says_so(encrypted, settings):
    with pytest.raises(CommandError, match="Keep the older keys"):
        call_command("rotate_encryption_keys", "--check")
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [NEW]}
    with pytest.raises(UndecryptableAnswers, match="FIELD_ENCRYPTION_KEYS"):
        Registration.objects.first()


def test_an_interrupted_rotation_is_completed_by_the_next(encrypted, monkeypatch, capsys):
    monkeypatch.setattr("events.registrations.key_rotation.BATCH", 1)
    rotation = rotate(*column("sensitive_answers"), apply=True)
    assert next(rotation).rotated == 1
    rotation.close()
    call_command("rotate_encryption_keys")
    told = capsys.readouterr().out
    assert "Registration.sensitive_answers: 2 rotated, 1 with the newest key" in told
    assert "Registration.sensitive_answers: 1 of 3" in told


def test_values_changed_meanwhile_are_left_as_they_are(encrypted, monkeypatch):
    changed = [{**SENSITIVE[0], "value": "Step-free access"}]
    first = encrypted[0]
    monkeypatch.setattr("events.registrations.key_rotation.opens", lambda *given: change() or False)

    def change():
        if Registration.objects.defer("sensitive_answers").filter(pk=first.pk, name="Ada Visitor"):
            Registration.objects.filter(pk=first.pk).update(name="A", sensitive_answers=changed)

    (progress,) = rotate(*column("sensitive_answers"), apply=True)
    assert progress.changed == 1
    assert Registration.objects.get(pk=first.pk).sensitive_answers == changed


def test_unreadable_values_are_named_and_stop_no_other_from_being_rotated(encrypted, settings):
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [OTHER]}
    lost = RegistrationFactory(email="lost@visitor.example", sensitive_answers=SENSITIVE)
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [NEW, OLD]}
    with pytest.raises(
        CommandError, match=rf"No key opens 1 values: .*sensitive_answers of {lost.pk}"
    ):
        call_command("rotate_encryption_keys")
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [NEW]}
    assert Registration.objects.get(pk=encrypted[2].pk).sensitive_answers == SENSITIVE
