"""Visitors behind one shared cache, such as a proxy: each gets only what is theirs."""

import re

import pytest
from django.test import Client

from events.registrations.models import Registration

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

TOKEN = re.compile(rb'name="submission_key" value="([^"]+)"')
SHARED_SECONDS = re.compile(r"s-maxage=([1-9][0-9]*)")


class SharedCache:
    """Stores what RFC 9111, section 3, lets a shared cache store, for every visitor behind it.

    It relies on headers alone, and serves what it has without asking.
    """

    def __init__(self):
        self.kept = {}

    def get(self, visitor: Client, path: str):
        if path in self.kept:
            return self.kept[path]
        response = visitor.get(path)
        control = response.get("Cache-Control", "")
        refused = ("private", "no-store", "no-cache")
        if SHARED_SECONDS.search(control) and not any(word in control for word in refused):
            self.kept[path] = response
        return response


def answers_of(page: bytes, date, name: str) -> dict[str, str]:
    submission_key = TOKEN.search(page)[1].decode()
    return {
        "submission_key": submission_key,
        "occurrence": str(date.uuid),
        "name": name,
        "email": f"{name.lower()}@visitor.example",
        "consent": "on",
    }


def test_visitors_behind_one_proxy_never_see_each_others_tokens_or_data(registration_page):
    event = registration_page.event
    date = event.occurrences.first()
    proxy = SharedCache()
    visitors = {name: Client() for name in ("Ada", "Grace")}
    seen = {}
    for name, visitor in visitors.items():
        pages = [proxy.get(visitor, path) for path in ("/", event.url)]
        form = proxy.get(visitor, registration_page.url)
        sent = visitor.post(registration_page.url, answers_of(form.content, date, name))
        assert sent.status_code == 302
        received = proxy.get(visitor, sent["Location"])
        person = Registration.objects.get(name=name)
        own = proxy.get(visitor, f"/registration/{person.link_token()}/")
        assert name.encode() in own.content
        # And once more as a reader.
        pages += [proxy.get(visitor, event.url)]
        seen[name] = set(TOKEN.findall(form.content)), received.content, own.content, pages
    assert not seen["Ada"][0] & seen["Grace"][0]
    assert seen["Ada"][1] != seen["Grace"][1]
    for name, other in (("Ada", "Grace"), ("Grace", "Ada")):
        _, received, own, pages = seen[name]
        for body in (received, own, *(page.content for page in pages)):
            assert other.encode() not in body
    assert set(proxy.kept) == {"/", event.url}
    for response in proxy.kept.values():
        assert not response.cookies
        assert not TOKEN.search(response.content)
