"""Signing in with the organisation's own accounts, from a provider that the test plays."""

import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from cms.sign_in.adapters import OrganisationAdapter, groups_of
from tests.cms.sign_in.conftest import person

ISSUER = "https://login.example/tenant/v2.0"
DISCOVERY = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "jwks_uri": f"{ISSUER}/keys",
    "token_endpoint_auth_methods_supported": ["client_secret_post"],
}
STARTS = "/cms/sign-in/oidc/organisation/login/"
EDITORS, LEADS = "11111111-aaaa", "22222222-bbbb"


class Answer:
    status_code, headers = 200, {"content-type": "application/json"}

    def __init__(self, content):
        self.content = content

    def json(self):
        return self.content

    def raise_for_status(self):
        pass


class Provider:
    """An Entra ID that answers without a network; ``groups`` are those of the person."""

    def __init__(self):
        self.groups = [EDITORS]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def request(self, method, url, **options):
        return self.get(url) if method == "GET" else self.post(url)

    def get(self, url, **options):
        claims = {"sub": "person-1", "name": "Edith Example", "email": "edith@council.example"}
        return Answer(claims if url.endswith("userinfo") else DISCOVERY)

    def post(self, url, **options):
        claims = {
            "iss": ISSUER,
            "aud": "the-cms",
            "sub": "person-1",
            "preferred_username": "edith@council.example",
            "groups": self.groups,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
        }
        token = jwt.encode(claims, "a key that nobody checks, as it came straight from there")
        return Answer({"access_token": "access", "token_type": "Bearer", "id_token": token})


@pytest.fixture
def provider(settings, monkeypatch, db):
    settings.OIDC_ENABLED = True
    settings.OIDC_HAS_SECOND_FACTOR = True
    settings.SECOND_FACTOR_REQUIRED = True
    settings.OIDC_GROUPS = {EDITORS: "Communications editors", LEADS: "Safeguarding leads"}
    app = {
        "provider_id": "organisation",
        "name": "Council",
        "client_id": "the-cms",
        "secret": "secret",
        "settings": {"server_url": ISSUER},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    }
    played = Provider()
    monkeypatch.setattr(OrganisationAdapter, "get_requests_session", lambda self: played)
    return played


def come_in(client=None):
    client = client or Client()
    leaves = client.post(STARTS)
    asked = parse_qs(urlsplit(leaves.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    return client, client.get(f"{STARTS}callback/", {"code": "code", "state": asked["state"][0]})


def newcomer():
    return SocialAccount.objects.get().user


def groups():
    return set(newcomer().groups.values_list("name", flat=True))


def test_the_door_offers_it_only_where_it_is_configured(provider, settings):
    assert "Sign in with" in Client().get("/cms/login/").content.decode()
    settings.OIDC_ENABLED = False
    assert "Sign in with" not in Client().get("/cms/login/").content.decode()


def test_a_person_gets_an_account_and_the_groups_of_the_mapping(provider):
    client, answer = come_in()
    assert answer.headers["Location"] == "/cms/"
    assert client.get("/cms/").status_code == 200
    assert groups() == {"Communications editors"}
    assert SocialAccount.objects.get().extra_data == {}


def test_groups_follow_the_organisation_and_others_stay(provider):
    come_in()
    newcomer().groups.add(Group.objects.get_or_create(name="Local")[0])
    provider.groups = [LEADS, "99999999-cccc"]
    come_in()
    assert groups() == {"Safeguarding leads", "Local"}


def test_who_is_in_no_group_is_refused_and_loses_what_they_had(provider):
    come_in()
    provider.groups = []
    client, answer = come_in()
    assert answer.status_code == 403
    assert "none of the groups" in answer.content.decode()
    assert groups() == set()
    assert client.get("/cms/").status_code == 302


def test_nobody_takes_over_an_account_that_has_the_same_name_or_address(provider):
    mine = person("edith", factor=False, group=None)
    come_in()
    assert mine.groups.count() == 0
    assert newcomer() != mine


def test_the_cms_asks_for_a_factor_of_its_own_unless_the_organisation_does(provider, settings):
    settings.OIDC_HAS_SECOND_FACTOR = False
    client, _ = come_in()
    assert client.get("/cms/").headers["Location"].startswith("/cms/sign-in/factors/")


def test_an_account_that_was_closed_stays_closed(provider):
    come_in()
    get_user_model().objects.update(is_active=False)
    client, answer = come_in()
    assert answer.status_code == 403
    assert client.get("/cms/").status_code == 302


def test_an_answer_that_nobody_asked_for_signs_nobody_in(provider):
    client = Client()
    answer = client.get(f"{STARTS}callback/", {"code": "code", "state": "made-up"})
    assert answer.status_code == 403
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("claims", "wanted"),
    [
        ({"groups": [EDITORS]}, {"Communications editors"}),
        ({"id_token": {"groups": EDITORS}}, {"Communications editors"}),
        (
            {"userinfo": {"groups": [EDITORS, LEADS]}},
            {"Communications editors", "Safeguarding leads"},
        ),
        ({"id_token": {"groups": ["Communications editors"]}}, set()),
        ({}, set()),
    ],
)
def test_only_mapped_groups_count(provider, claims, wanted):
    assert groups_of(claims) == wanted
