from base64 import urlsafe_b64encode

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from events.registrations.encryption import EncryptedJSONField, UndecryptableAnswers, ciphers
from events.registrations.models import Registration
from tests.factories import RegistrationFactory

OLD, NEW = (urlsafe_b64encode(letter * 32).decode() for letter in (b"o", b"n"))
ANSWERS = [{"name": "access_needs", "label": "Access needs", "value": "Hörschleife, ☂ and more"}]


def stored(registration):
    """Return what the database holds, bypassing Django's fields."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sensitive_answers FROM prevent_registrations_registration WHERE id = %s",
            [registration.pk],
        )
        return cursor.fetchone()[0]


def read(registration):
    return Registration.objects.get(pk=registration.pk).sensitive_answers


@pytest.mark.django_db
def test_answers_come_back_unchanged_and_are_not_in_the_database_as_text():
    registration = RegistrationFactory(sensitive_answers=ANSWERS)
    assert read(registration) == ANSWERS
    for word in ("access", "Access needs", "schleife", "more"):
        assert word not in stored(registration)


@pytest.mark.django_db
def test_the_same_answers_twice_look_different():
    first, second = (
        RegistrationFactory(sensitive_answers=ANSWERS, email=f"{number}@visitor.example")
        for number in range(2)
    )
    assert stored(first) != stored(second)


@pytest.mark.django_db
def test_no_answer_is_stored_as_nothing_and_needs_no_key(settings):
    registration = RegistrationFactory(sensitive_answers=[])
    assert stored(registration) == ""
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": []}
    assert read(registration) == []


@pytest.mark.django_db
def test_an_old_key_still_reads_and_the_new_one_writes(settings):
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [OLD]}
    registration = RegistrationFactory(sensitive_answers=ANSWERS)
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [NEW, OLD]}
    kept = Registration.objects.get(pk=registration.pk)
    assert kept.sensitive_answers == ANSWERS
    kept.save()
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [NEW]}
    assert read(registration) == ANSWERS


@pytest.mark.django_db
def test_without_its_key_an_answer_is_an_error_that_says_what_to_do_and_never_a_blank(settings):
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [OLD]}
    registration = RegistrationFactory(sensitive_answers=ANSWERS)
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [NEW]}
    with pytest.raises(UndecryptableAnswers, match="FIELD_ENCRYPTION_KEYS"):
        read(registration)


@pytest.mark.django_db
def test_a_tampered_answer_is_refused():
    registration = RegistrationFactory(sensitive_answers=ANSWERS)
    token = stored(registration)
    flipped = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE prevent_registrations_registration SET sensitive_answers = %s", [flipped]
        )
    with pytest.raises(UndecryptableAnswers):
        read(registration)


@pytest.mark.parametrize("keys", [[], [""], [" ", ""]])
def test_without_any_key_the_start_is_stopped_with_an_example(settings, keys):
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": keys}
    with pytest.raises(ImproperlyConfigured, match="FIELD_ENCRYPTION_KEYS is missing"):
        ciphers()


@pytest.mark.parametrize("key", ["secret", "c2hvcnQ=", OLD[:-4], "ключ"])
def test_an_invalid_key_stops_the_start_and_is_not_repeated(settings, key):
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [NEW, key]}
    with pytest.raises(ImproperlyConfigured, match="not a Fernet key") as refused:
        ciphers()
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "read_as"),
    [("", []), (None, []), ("[]", []), ('[{"value": "x"}]', [{"value": "x"}]), (ANSWERS, ANSWERS)],
)
def test_a_serialised_value_becomes_a_list_again(given, read_as):
    assert EncryptedJSONField().to_python(given) == read_as
