"""A password alone opens nothing where a second factor is required."""

from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.test import Client

from events.registrations.emails.kinds import compose
from events.registrations.models import OutboundEmail
from tests.cms.sign_in.conftest import (
    LOGIN,
    PASSWORD,
    PROVE,
    SECRET,
    code,
    give_password,
    person,
    signed_in,
)
from tests.registrations.review.test_matrix import addresses

FACTORS = "/cms/sign-in/factors/"
OPEN = {
    "account_login",
    "account_logout",
    "wagtailadmin_login",
    "wagtailadmin_logout",
    # Wagtail serves them to everyone: the text and icons of its screens.
    "wagtailadmin_javascript_catalog",
    "wagtailadmin_sprite",
}


def paths():
    values = {"app_label": "home", "model_name": "homepage", "uuid": "x"}
    return [each.filled(values) for each in addresses() if each.name not in OPEN]


def is_shut(response) -> bool:
    """Return whether an answer leads to the sign-in, to the second factor, or nowhere."""
    leads_to = response.headers.get("Location", "")
    return response.status_code in (404, 405) or leads_to.startswith((LOGIN, FACTORS))


def test_a_second_factor_is_asked_for_before_a_session_begins(required, db):
    person()
    client = Client()
    assert give_password(client).headers["Location"] == PROVE
    assert "_auth_user_id" not in client.session
    assert client.get("/cms/").status_code == 302
    assert client.post(PROVE, {"code": code()}).headers["Location"] == "/cms/"
    assert client.get("/cms/").status_code == 200


def test_a_wrong_code_opens_nothing(required, db):
    person()
    client = Client()
    give_password(client)
    assert "Incorrect code" in client.post(PROVE, {"code": "000000"}).content.decode()
    assert client.get("/cms/").status_code == 302


def test_a_code_works_once(required, db):
    person()
    used = code()
    first, second = Client(), Client()
    give_password(first)
    give_password(second)
    assert first.post(PROVE, {"code": used}).status_code == 302
    assert second.post(PROVE, {"code": used}).status_code == 200


def test_a_used_code_stays_useless_for_as_long_as_a_clock_may_be_wrong(required, db, clock):
    """A code is valid for half a minute before and after its own, then never again."""
    person()
    clock.move_to(datetime(2026, 11, 2, 12, 0, 0, tzinfo=UTC))
    used = code()
    first = Client()
    give_password(first)
    assert first.post(PROVE, {"code": used}).status_code == 302
    for _ in range(12):
        clock.shift(10)
        again = Client()
        give_password(again)
        assert again.post(PROVE, {"code": used}).status_code == 200, clock
        assert again.get("/cms/").status_code == 302


@pytest.mark.parametrize(
    "path", ["", "recovery-codes/", "recovery-codes/generate/", "totp/activate/", "webauthn/"]
)
def test_pages_of_second_factors_are_never_stored(required, db, path):
    RecoveryCodes.activate(person())
    for address in (f"{FACTORS}{path}", f"{FACTORS}recovery-codes/download/"):
        answer = signed_in().get(address)
        assert answer.status_code in (200, 302)
        assert "no-store" in answer.headers["Cache-Control"], address
        cache.clear()


@pytest.mark.django_db(transaction=True)
def test_new_recovery_codes_are_reported_to_their_owner(required):
    user = person(email="edith@council.example")
    RecoveryCodes.activate(user)
    signed_in().post(f"{FACTORS}recovery-codes/generate/")
    (queued,) = OutboundEmail.objects.all()
    message = compose(queued)
    assert message.to == ["edith@council.example"]
    assert message.subject == "Your CMS account was changed"
    assert "New recovery codes were made for your CMS account on " in message.body
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    assert not [each for each in codes if each in message.body]


def test_too_many_wrong_codes_are_refused_even_if_the_next_is_right(required, db):
    person()
    client = Client()
    give_password(client)
    for _ in range(6):
        client.post(PROVE, {"code": "000000"})
    client.post(PROVE, {"code": code()})
    assert client.get("/cms/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_someone_without_a_factor_must_set_one_up_first(required):
    person(factor=False)
    client = Client()
    give_password(client)
    assert client.get("/cms/pages/").headers["Location"].startswith(FACTORS)
    page = client.get(f"{FACTORS}totp/activate/")
    assert page.status_code == 200
    assert "Everyone who signs in here needs a second factor" in page.content.decode()
    session = client.session
    session["mfa.totp.secret"] = SECRET
    session.save()
    done = client.post(f"{FACTORS}totp/activate/", {"code": code()})
    assert done.headers["Location"] == f"{FACTORS}recovery-codes/"
    codes = client.get(f"{FACTORS}recovery-codes/")
    assert codes.status_code == 200
    assert "Everyone who signs in here" not in codes.content.decode()
    assert client.get("/cms/").status_code == 200


def test_a_session_without_its_factor_is_shut_out_of_every_address(required, db):
    user = person(is_superuser=True, factor=False)
    client = Client(raise_request_exception=False)
    give_password(client)
    TOTP.activate(user, SECRET)
    shows = f"{FACTORS}reauthenticate/"
    assert client.get(shows).status_code == 200
    allowed = {
        path
        for path in paths()
        for method in (client.get, client.post)
        if path not in (shows, f"{FACTORS}webauthn/reauthenticate/") and not is_shut(method(path))
    }
    assert not allowed
    assert "_auth_user_id" in client.session


def test_a_session_with_an_unknown_start_is_ended(required, db):
    client = Client()
    client.force_login(person(is_superuser=True))
    assert client.get("/cms/").headers["Location"].startswith(LOGIN)
    assert "_auth_user_id" not in client.session


def test_a_session_with_a_password_alone_gets_only_the_pages_that_ask_for_more(required, db):
    person(is_superuser=True, factor=False)
    client = Client(raise_request_exception=False)
    give_password(client)
    allowed = {path for path in paths() if not is_shut(client.get(path))}
    assert allowed == {
        FACTORS,
        f"{FACTORS}totp/activate/",
        f"{FACTORS}webauthn/add/",
        "/cms/sign-in/again/",
    }


def test_a_factor_set_up_elsewhere_is_required_of_a_session_begun_without_one(required, db):
    user = person(factor=False)
    client = Client()
    give_password(client)
    TOTP.activate(user, SECRET)
    assert client.get("/cms/").headers["Location"].startswith(f"{FACTORS}reauthenticate/")
    assert client.get(f"{FACTORS}recovery-codes/").status_code == 302
    assert client.post(f"{FACTORS}reauthenticate/", {"code": code()}).status_code == 302
    assert client.get("/cms/").status_code == 200


def test_elsewhere_on_the_site_such_a_session_is_anonymous(required, home):
    user = person(is_superuser=True)
    client = Client()
    client.force_login(user)
    assert not client.get("/").wsgi_request.user.is_authenticated
    assert signed_in().get("/").wsgi_request.user == user


def test_a_recovery_code_works_once(required, db):
    user = person()
    codes = RecoveryCodes.activate(user).get_unused_codes()
    for answer in (302, 200):
        client = Client()
        give_password(client)
        assert client.post(PROVE, {"code": codes[0]}).status_code == answer


def test_secrets_are_encrypted_in_the_database(db):
    person()
    assert SECRET not in str(Authenticator.objects.get().data)


def test_the_last_factor_stays_where_one_is_required(required, db):
    person()
    client = signed_in()
    client.post(f"{FACTORS}totp/deactivate/")
    assert Authenticator.objects.filter(type="totp").exists()


def test_a_session_ends_after_its_hours(required, db, clock):
    person()
    client = signed_in()
    clock.shift(9 * 3600)
    assert client.get("/cms/").status_code == 200
    clock.shift(2 * 3600)
    assert client.get("/cms/").headers["Location"].startswith(LOGIN)


def test_where_none_is_required_a_password_is_enough(db):
    person(factor=False)
    client = Client()
    assert give_password(client).headers["Location"] == "/cms/"
    assert client.get("/cms/").status_code == 200


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_signing_in_redirects_to_no_other_site(required, db, address):
    person()
    client = Client()
    client.post(LOGIN, {"username": "edith", "password": PASSWORD, "next": address})
    assert client.post(PROVE, {"code": code()}).headers["Location"] == "/cms/"


def test_allauths_pages_use_sentence_case_as_ours_do(db):
    person()
    text = " ".join(signed_in().get(FACTORS).content.decode().split())
    assert "Two-factor authentication" in text
    assert "Authenticator app" in text
    assert "Two-Factor" not in text
    assert "Recovery Codes" not in text
