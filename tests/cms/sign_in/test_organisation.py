"""Signing in with the organisation's own accounts, at an issuer that runs on this machine."""

import base64
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from cms.sign_in.organisation import groups_of
from tests.cms.sign_in.conftest import person

STARTS = "/cms/sign-in/oidc/organisation/login/"
EDITORS, LEADS = "11111111-aaaa", "22222222-bbbb"
CLIENT, SECRET = "the-cms", "a secret of the CMS and the issuer"


class Issuer:
    """An OpenID Connect provider with one person, who is in ``groups``."""

    def __init__(self):
        self.groups = [EDITORS]
        self.exchanges: list[dict[str, str]] = []
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(issuer.pages().get(urlsplit(self.path).path))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self.answer(issuer.exchange(form))

            def answer(self, content):
                self.send_response(200 if content else 400)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(content or {"error": "invalid_request"}).encode())

            def log_message(self, *arguments):
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tenant/v2.0"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def pages(self):
        numbers = self.key.public_key().public_numbers()
        length = {"n": 256, "e": 3}
        public = {
            name: base64.urlsafe_b64encode(getattr(numbers, name).to_bytes(size))
            .decode()
            .strip("=")
            for name, size in length.items()
        }
        return {
            "/tenant/v2.0/.well-known/openid-configuration": {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/tenant/v2.0/keys": {"keys": [{"kty": "RSA", "kid": "1", "alg": "RS256", **public}]},
            "/tenant/v2.0/userinfo": {
                "sub": "person-1",
                "name": "Edith Example",
                "email": "edith@council.example",
            },
        }

    def exchange(self, form):
        """Give this person's tokens for the code to the client that has the secret."""
        self.exchanges.append(form)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return None
        if form.get("code") != "code" or not form.get("code_verifier"):
            return None
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "person-1",
            "preferred_username": "edith@council.example",
            "groups": self.groups,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
        }
        token = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "1"})
        return {"access_token": "access", "token_type": "Bearer", "id_token": token}


@pytest.fixture
def provider(settings, db):
    settings.OIDC_ENABLED = True
    settings.OIDC_HAS_SECOND_FACTOR = True
    settings.SECOND_FACTOR_REQUIRED = True
    settings.OIDC_GROUPS = {EDITORS: "Communications editors", LEADS: "Safeguarding leads"}
    issuer = Issuer()
    app = {
        "provider_id": "organisation",
        "name": "Council",
        "client_id": CLIENT,
        "secret": SECRET,
        "settings": {"server_url": issuer.url},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    }
    yield issuer
    issuer.close()


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


def test_the_sign_in_page_offers_it_only_where_configured(provider, settings):
    assert "Sign in with" in Client().get("/cms/login/").content.decode()
    settings.OIDC_ENABLED = False
    assert "Sign in with" not in Client().get("/cms/login/").content.decode()


def test_a_person_gets_an_account_and_the_mapped_groups(provider):
    client, answer = come_in()
    assert answer.headers["Location"] == "/cms/"
    assert client.get("/cms/").status_code == 200
    assert groups() == {"Communications editors"}
    assert SocialAccount.objects.get().extra_data == {}


def test_the_code_is_exchanged_with_the_secret_and_the_proof_key(provider):
    come_in()
    (exchange,) = provider.exchanges
    assert exchange["client_secret"] == SECRET
    assert exchange["redirect_uri"] == f"http://testserver{STARTS}callback/"
    assert exchange["code_verifier"]


def test_a_wrong_secret_signs_nobody_in(provider, settings):
    (app,) = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    app["secret"] = "another"
    client, answer = come_in()
    assert answer.status_code == 403
    assert "_auth_user_id" not in client.session


def test_groups_follow_the_organisation_and_others_stay(provider):
    come_in()
    newcomer().groups.add(Group.objects.get_or_create(name="Local")[0])
    provider.groups = [LEADS, "99999999-cccc"]
    come_in()
    assert groups() == {"Safeguarding leads", "Local"}


def test_someone_in_no_group_is_refused_and_loses_their_groups(provider):
    come_in()
    provider.groups = []
    client, answer = come_in()
    assert answer.status_code == 403
    assert "does not have access" in answer.content.decode()
    assert groups() == set()
    assert client.get("/cms/").status_code == 302


def test_nobody_takes_over_an_account_with_the_same_name_or_address(provider):
    mine = person("edith", factor=False, group=None)
    come_in()
    assert mine.groups.count() == 0
    assert newcomer() != mine


def test_the_cms_asks_for_its_own_factor_unless_the_organisation_does(provider, settings):
    settings.OIDC_HAS_SECOND_FACTOR = False
    client, _ = come_in()
    assert client.get("/cms/").headers["Location"].startswith("/cms/sign-in/factors/")


def test_a_closed_account_stays_closed(provider):
    come_in()
    get_user_model().objects.update(is_active=False)
    client, answer = come_in()
    assert answer.status_code == 403
    assert client.get("/cms/").status_code == 302


def test_an_unsolicited_answer_signs_nobody_in(provider):
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
