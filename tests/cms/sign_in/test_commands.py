"""What operators do for people and keys."""

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.test import Client

from tests.cms.sign_in.conftest import PROVE, give_password, person, signed_in


def test_a_lost_factor_is_removed_and_a_new_one_required(db, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    person()
    person("olive")
    call_command("forget_second_factor", "edith")
    assert Authenticator.objects.get().user.username == "olive"
    client = Client()
    give_password(client)
    assert "factors" in client.get("/cms/").headers["Location"]


def test_a_wrong_name_is_reported(db):
    with pytest.raises(CommandError, match="no account"):
        call_command("forget_second_factor", "nobody")


def test_second_factors_follow_the_keys(db, settings, capsys):
    person()
    old = settings.PREVENT["FIELD_ENCRYPTION_KEYS"]
    new = Fernet.generate_key().decode()
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [new, *old]}
    with pytest.raises(CommandError, match="Keep the older keys"):
        call_command("rotate_encryption_keys", check=True)
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [new]}
    with pytest.raises(CommandError, match="second factor"):
        call_command("rotate_encryption_keys")
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [new, *old]}
    call_command("rotate_encryption_keys")
    capsys.readouterr()
    call_command("rotate_encryption_keys", check=True)
    said = capsys.readouterr().out
    assert "second factors: 0 to be rotated" in said
    assert "Nothing needs an older key" in said
    settings.PREVENT = {**settings.PREVENT, "FIELD_ENCRYPTION_KEYS": [new]}
    call_command("rotate_encryption_keys")
    assert signed_in().get("/cms/").status_code == 200


def test_a_factor_encrypted_with_another_key_opens_nothing(db, settings):
    person()
    settings.PREVENT = {
        **settings.PREVENT,
        "FIELD_ENCRYPTION_KEYS": [Fernet.generate_key().decode()],
    }
    client = Client(raise_request_exception=False)
    give_password(client)
    client.post(PROVE, {"code": "123456"})
    assert client.get("/cms/").status_code == 302
