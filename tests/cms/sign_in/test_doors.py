"""Lockout, closed addresses, password rules, and asking again who someone is."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import NoReverseMatch, reverse
from wagtail.models import PageViewRestriction

from home.models import StandardPage
from tests.cms.sign_in.conftest import (
    LOGIN,
    PASSWORD,
    code,
    give_password,
    person,
    signed_in,
)
from tests.factories import RegistrationFactory

ATTEMPTS = 8


def fail(client: Client, times: int = ATTEMPTS, name="edith", address="192.0.2.1"):
    for _ in range(times):
        answer = give_password(client, name, "wrong", REMOTE_ADDR=address)
    return answer


def status(name="edith", address="192.0.2.1"):
    return give_password(Client(), name, REMOTE_ADDR=address).status_code


def test_too_many_attempts_lock_out_with_a_sentence(db):
    person(factor=False)
    answer = fail(Client())
    assert answer.status_code == 429
    assert "Try again in 15 minutes" in answer.content.decode()
    assert status() == 429


def test_one_attempt_fewer_locks_nobody_out(db):
    person(factor=False)
    fail(Client(), ATTEMPTS - 1)
    assert status() == 302


def test_an_attacker_elsewhere_locks_nobody_out(db):
    person(factor=False)
    fail(Client(), address="203.0.113.9")
    assert status(address="192.0.2.1") == 302


def test_a_forgotten_password_locks_out_nobody_else_in_the_office(db):
    person(factor=False)
    person("olive", factor=False)
    fail(Client(), name="olive")
    assert status("olive") == 429
    assert status("edith") == 302


def test_an_unknown_name_is_locked_out_in_the_same_way(db):
    assert "too many attempts" in fail(Client(), name="nobody").content.decode()
    assert status("nobody") == 429


def test_the_lock_ends_by_itself(db, clock):
    person(factor=False)
    fail(Client())
    clock.shift(16 * 60)
    assert status() == 302


def test_an_attackers_own_header_changes_nothing(db):
    person(factor=False)
    for number in range(ATTEMPTS):
        give_password(Client(), password="wrong", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert give_password(Client()).status_code == 429


@pytest.mark.parametrize(
    "path",
    [
        "/django-admin/",
        "/admin/",
        "/accounts/login/",
        "/accounts/signup/",
        "/cms/password_reset/",
        "/cms/password_reset/confirm/MQ/abc-def/",
        "/cms/sign-in/signup/",
        "/cms/sign-in/password/reset/",
        "/cms/sign-in/factors/webauthn/login/",
        "/api/token/",
        "/api/v2/token/",
    ],
)
def test_other_sign_in_pages_do_not_exist(home, path):
    client = Client()
    for method in (client.get, client.post):
        assert method(path).status_code in (302, 404, 405)
        assert "_auth_user_id" not in client.session
    assert client.get(path).headers.get("Location", LOGIN).startswith(LOGIN)


@pytest.mark.parametrize("path", ["/_util/login/", "/ur/_util/login/"])
def test_the_front_ends_sign_in_is_that_of_the_cms(two_sites, path):
    person(factor=False)
    client = Client()
    assert client.get(f"{path}?next=/x/").headers["Location"] == f"{LOGIN}?next=%2Fx%2F"
    client.post(path, {"username": "edith", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_a_page_for_signed_in_people_leads_to_the_sign_in_and_back(home, required):
    page = home.add_child(instance=StandardPage(title="Staff", slug="staff", summary="For staff"))
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    person()
    client = Client()
    asked = client.get("/staff/")
    assert asked.headers["Location"].startswith(f"{LOGIN}?next=")
    data = {"username": "edith", "password": PASSWORD, "next": "/staff/"}
    second = client.post(asked.headers["Location"], data)
    back = client.post(second.headers["Location"], {"code": code()})
    assert back.headers["Location"].endswith("/staff/")
    assert client.get("/staff/").status_code == 200


@pytest.mark.parametrize("path", ["/cms/logout/", "/cms/sign-in/cancel/"])
def test_only_a_form_signs_anyone_out(db, path):
    person(factor=False)
    client = Client()
    give_password(client)
    for method in (client.get, client.head):
        answer = method(path)
        assert answer.headers["Location"] == "/cms/"
        assert not answer.cookies
    assert client.get("/cms/").status_code == 200
    assert "logged out" not in client.get("/cms/").content.decode()
    client.post(path)
    assert client.get("/cms/").status_code == 302


@pytest.mark.parametrize(
    "name",
    [
        "account_signup",
        "account_reset_password",
        "account_email",
        "socialaccount_signup",
        "admin:index",
    ],
)
def test_addresses_that_create_or_recover_accounts_do_not_exist(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_no_header_signs_anyone_in(db):
    person(factor=False, is_superuser=True)
    for header in ("Token abc", "Bearer abc", "Basic ZWRpdGg6dGhyZWUgcmFuZG9tIHdvcmRz"):
        assert Client().get("/cms/", headers={"authorization": header}).status_code == 302


@pytest.mark.parametrize(
    "password", ["correct horse battery", "zebra zebra zebra", "123 456 789 012 345"]
)
def test_a_long_password_of_any_kind_is_accepted(password):
    validate_password(password)


@pytest.mark.parametrize("password", ["Ab1!efgh", "password1234", "123456789012"])
def test_a_short_or_common_password_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password)


EXPORT = "prevent_registrations_registration_modeladmin_export"
PROTECTION = "prevent_data_protection:index"


@pytest.fixture
def leader(db):
    return person("leah", group="Safeguarding leads", is_superuser=True)


@pytest.mark.parametrize("name", [EXPORT, PROTECTION])
def test_exports_and_erasures_ask_who_someone_is_after_a_while(required, leader, clock, name):
    client = signed_in("leah")
    assert client.get(reverse(name)).status_code == 200
    clock.shift(16 * 60)
    asked = client.get(reverse(name))
    assert asked.headers["Location"].startswith("/cms/sign-in/again/?next=")
    page = client.get(asked.headers["Location"])
    assert page.status_code == 200
    wrong = client.post(asked.headers["Location"], {"password": "wrong"})
    assert wrong.status_code == 200
    assert client.get(reverse(name)).status_code == 302
    right = client.post(asked.headers["Location"], {"password": "three random words"})
    assert right.headers["Location"] == reverse(name)
    assert client.get(reverse(name)).status_code == 200


def test_someone_asked_again_returns_to_their_filter(required, leader, clock):
    client = signed_in("leah")
    clock.shift(70 * 60)
    index = reverse("prevent_registrations_registration_modeladmin_index")
    before = {"referer": f"https://testserver{index}?status=confirmed&p=2"}
    asked = client.post(reverse(EXPORT), {"registration": "7"}, headers=before)
    back = parse_qs(urlsplit(asked.headers["Location"]).query)["next"]
    assert back == [f"{index}?status=confirmed&p=2&registration=7"]
    elsewhere = {"referer": "https://evil.example/cms/?status=confirmed"}
    asked = client.post(reverse(EXPORT), {"filter": "status=declined"}, headers=elsewhere)
    assert parse_qs(urlsplit(asked.headers["Location"]).query)["next"] == [
        f"{index}?status=declined"
    ]


@pytest.mark.parametrize("way", ["password", "code"])
def test_someone_asked_again_finds_their_ticks(required, leader, clock, way):
    registration = RegistrationFactory()
    client = signed_in("leah")
    clock.shift(70 * 60)
    index = reverse("prevent_registrations_registration_modeladmin_index")
    ticks = {"registration": registration.pk, "everything": "on", "filter": ""}
    before = {"referer": f"https://testserver{index}?o=-received"}
    page = client.post(reverse(EXPORT), ticks, headers=before, follow=True)
    (again, _), *_ = page.redirect_chain
    if way == "code":
        again = re.search(r'href="(/cms/sign-in/factors/reauthenticate/[^"]*)"', text_of(page))[1]
        again = unescape(again)
    answer = {"password": PASSWORD, "code": code()}
    next_page = parse_qs(urlsplit(again).query)["next"][0]
    back = client.post(again, {way: answer[way], "next": next_page}, follow=True)
    assert back.request["PATH_INFO"] == index
    assert back.request["QUERY_STRING"] == (
        f"o=-received&registration={registration.pk}&everything=on"
    )
    (row,) = re.findall(r'<input[^>]*name="registration"[^>]*>', text_of(back))
    assert "checked" in row


def text_of(response):
    return " ".join(response.content.decode().split())


def test_a_typed_form_has_an_hour_before_it_asks_again(required, leader, clock):
    client = signed_in("leah")
    clock.shift(50 * 60)
    find = reverse("prevent_data_protection:find")
    assert client.post(find, {"q": "a@b.example"}).status_code == 200
    clock.shift(20 * 60)
    asked = client.post(find, {"q": "a@b.example"})
    assert asked.headers["Location"] == "/cms/sign-in/again/?next=%2Fcms%2Fdata-protection%2F"
    assert "a@b.example" not in str(dict(client.session))


def test_other_pages_do_not_ask_again(required, leader, clock):
    client = signed_in("leah")
    clock.shift(60 * 60)
    assert client.get("/cms/pages/").status_code in (200, 302)
    assert client.get("/cms/").status_code == 200
