"""People with a password, a second factor or neither, and the sign-in."""

import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from tests.factories import UserFactory

PASSWORD = "three random words"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOGIN = "/cms/login/"
PROVE = "/cms/sign-in/factors/authenticate/"


@pytest.fixture(autouse=True)
def counting(settings):
    """Count attempts, and reset which codes were used."""
    settings.AXES_ENABLED = True
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def required(settings):
    settings.SECOND_FACTOR_REQUIRED = True


def person(name="edith", *, factor=True, **options):
    """Return a member of staff, with an authenticator app if ``factor``."""
    options.setdefault("group", "Communications editors")
    user = UserFactory(username=name, **options)
    user.set_password(PASSWORD)
    user.save()
    if factor:
        TOTP.activate(user, SECRET)
    return user


def code() -> str:
    """Return the code the authenticator app shows now."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


def give_password(client: Client, name="edith", password=PASSWORD, **extra):
    return client.post(LOGIN, {"username": name, "password": password}, **extra)


def signed_in(name="edith") -> Client:
    """Return a client that has given the password and the second factor."""
    client = Client()
    give_password(client, name)
    response = client.post(PROVE, {"code": code()})
    assert response.status_code == 302, response.content.decode()
    return client
