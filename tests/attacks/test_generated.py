"""Generated malicious requests: none of them causes a 5xx.

A few hundred by default; ``make attacks`` sends 20,000. The seed makes every run the same.
"""

import json
import os
import random

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from events.registrations.models import Registration
from tests.factories import UserFactory
from tests.registrations.review.test_matrix import Address

NUMBER = int(os.environ.get("ATTACKS", "300"))
SEED = 20261126
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
# Known attacks, and inputs that parsers mishandle.
NASTY = (
    "' OR 1=1 --",
    "1; DROP TABLE prevent_registrations_registration",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% debug %}",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "\x00",
    "%00",
    "a\r\nSet-Cookie: a=b",
    "\u202e\ud7ff\ufeff",
    "𝕳" * 50,
    "9" * 400,
    "-1",
    "1e309",
    "NaN",
    "2026-02-30",
    "0000-00-00",
    "9999-99",
    "[]",
    "null",
    "A" * 3000,
    "http://169.254.169.254/latest/meta-data/",
    "//evil.example",
    "javascript:alert(1)",
)
HEADERS = (
    "accept",
    "accept-language",
    "x-forwarded-for",
    "x-forwarded-proto",
    "referer",
    "origin",
    "cookie",
    "host",
    "if-none-match",
    "if-modified-since",
    "range",
)
TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "application/xml",
    "",
)
NAMES = [
    "when",
    "month",
    "date",
    "page",
    "q",
    "next",
    "username",
    "email",
    "name",
    "occurrence",
    "submission_key",
    "lang",
    "fields",
    "type",
    "limit",
    "offset",
    "order",
    "search",
    "token",
    "slug",
    "consent",
    "action",
    "wagtail",
]


def addresses(patterns=None, route=""):
    """Yield every address of the site, including the CMS."""
    for pattern in patterns or get_resolver().url_patterns:
        whole = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Address(pattern.name or "", whole, True)
        else:
            yield from addresses(pattern.url_patterns, whole)


class Attacker:
    """Makes up requests from the site's own values and unexpected ones."""

    def __init__(self, pages: list[str]):
        self.chance = random.Random(SEED)  # noqa: S311 - the same in every run
        # One is Wagtail's own test of its error page, the other answers 503 while no worker runs.
        self.known = [
            each for each in addresses() if "error" not in each.name and "readyz" not in each.route
        ]
        self.pages = pages

    def word(self) -> str:
        return self.chance.choice(NASTY)

    def path(self) -> str:
        if self.chance.random() < 0.4:
            path = self.chance.choice(self.pages)
            return path if self.chance.random() < 0.7 else f"{path}{self.word()}/"
        address = self.chance.choice(self.known)
        values = {name: self.value() for name in ("pk", "page_id", "uuid", "slug", "token", "date")}
        return address.filled(values)

    def value(self) -> str:
        return self.word() if self.chance.random() < 0.5 else str(self.chance.randrange(1, 20))

    def fields(self) -> dict[str, str]:
        return {self.chance.choice(NAMES): self.value() for _ in range(self.chance.randrange(0, 6))}

    def body(self) -> bytes:
        kind = self.chance.randrange(4)
        if kind == 0:
            return json.dumps(self.fields()).encode(errors="replace")
        if kind == 1:
            return "&".join(f"{a}={b}" for a, b in self.fields().items()).encode(errors="replace")
        if kind == 2:
            return self.chance.randbytes(self.chance.randrange(0, 200))
        return self.word().encode(errors="replace")

    def headers(self) -> dict[str, str]:
        safe = [text for text in NASTY if text.isprintable() and text.isascii()]
        chosen = self.chance.sample(HEADERS, self.chance.randrange(0, 3))
        return {name: self.chance.choice(safe) for name in chosen}

    def send(self, client: Client):
        method = self.chance.choice(METHODS)
        path, fields, headers = self.path(), self.fields(), self.headers()
        options = {"headers": headers, "query_params": fields}
        if method in ("post", "put", "patch", "delete"):
            kind = self.chance.choice(TYPES)
            response = client.generic(method.upper(), path, self.body(), kind, **options)
        else:
            response = client.generic(method.upper(), path, **options)
        return f"{method} {path!r} {fields} {headers}", response


@pytest.fixture
def attacker(series, registration_page):
    pages = [page.url for page in (series.get_parent(), series, registration_page)]
    return Attacker([*pages, "/", "/nothing/", "/search/", "/registration/x:y/", "/api/events/"])


@pytest.mark.parametrize("who", ["nobody", "an administrator"])
def test_no_request_breaks_the_site(attacker, who):
    client = Client(raise_request_exception=False)
    if who != "nobody":
        client.force_login(UserFactory(is_superuser=True))
        # An administrator may do almost anything, so only requests without a body count.
        attacker.body = lambda: b""
    found = []
    for _ in range(NUMBER // 2):
        asked, response = attacker.send(client)
        if response.status_code >= 500:
            found.append(f"{response.status_code} {asked[:300]}")
    assert not found, "\n".join(found[:20])
    assert Registration.objects.count() == 0


def test_control_a_site_that_breaks_is_noticed(attacker, monkeypatch):
    def broken(*arguments, **options):
        raise ValueError

    monkeypatch.setattr("wagtail.models.Page.serve", broken)
    monkeypatch.setattr("wagtail.models.Page.route", broken)
    client = Client(raise_request_exception=False)
    assert any(attacker.send(client)[1].status_code >= 500 for _ in range(100))
