"""Kept pages that are handed out before Django is asked, and all else that is not."""

import gzip

import pytest
from django.core.cache import caches
from django.test import Client, RequestFactory
from wagtail.models import Site

from home.errors import KeptPages
from home.models import SiteSettings
from prevent_content.front_door import FrontDoor
from prevent_content.generation import InDatabase, InFile, renew
from prevent_content.models import PreventSettings

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def pages(request, settings, monkeypatch):
    """Keep pages in a memory of their own, and their mark in a file, beside any database."""
    monkeypatch.setattr("prevent_content.generation.InDatabase", InFile)
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": request.node.name}}
    for model in (SiteSettings, PreventSettings):
        # The first visit of all makes them, which changes something.
        model.for_site(Site.objects.get())
    yield
    caches["default"].clear()


@pytest.fixture
def kept(pages, event):
    """Have the page of an event kept, and return what Django answers with."""
    Client().get(event.url)
    return Client().get(event.url)


@pytest.fixture
def ask():
    """Return a function that asks the door: status, headers and body, or None if Django has to."""

    def asked(path, **options):
        said = {}

        def start_response(status, headers):
            said.update(status=status, headers=dict(headers))

        door = FrontDoor(
            lambda environ, start_response: None,
            KeptPages(lambda request: None),
            named=lambda environ: [("X-Request-ID", "a-name")],
        )
        environ = RequestFactory().generic(options.pop("method", "GET"), path, **options).environ
        body = door(environ, start_response)
        return body and (said["status"], said["headers"], b"".join(body))

    return asked


def test_it_is_what_django_answers_to_the_last_header(kept, event, ask):
    status, headers, body = ask(event.url)
    assert status == "200 OK"
    assert body == kept.content
    assert headers == {**kept.headers, "X-Request-ID": "a-name"}


def test_it_is_compressed_for_who_takes_that(kept, event, ask):
    _, headers, body = ask(event.url, headers={"accept-encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Length"] == str(len(body))
    assert gzip.decompress(body) == kept.content
    assert headers["ETag"] == Client().get(event.url, headers={"accept-encoding": "gzip"})["ETag"]


@pytest.mark.parametrize(
    "options",
    [
        {"method": "POST"},
        {"method": "HEAD"},
        {"headers": {"cookie": "sessionid=x"}},
        {"headers": {"authorization": "Bearer x"}},
        {"headers": {"if-none-match": '"x"'}},
        {"headers": {"range": "bytes=0-1"}},
        {"headers": {"host": "evil.example"}},
        {"headers": {"host": "evil.example:x"}},
        {"query_params": {"date": "2026-11-26"}},
    ],
)
def test_all_else_is_left_to_django(kept, event, ask, options):
    assert ask(event.url, **options) is None


def test_what_is_left_to_django_is_left_as_it_came(pages):
    """Any path but one in ASCII would be decoded twice otherwise, and not be found."""
    seen = []
    path = "/کمیونٹی/".encode().decode("latin-1")
    environ = RequestFactory()._base_environ(PATH_INFO=path, REQUEST_METHOD="GET")
    door = FrontDoor(lambda given, start: seen.append(given["PATH_INFO"]), KeptPages(None))
    door(environ, None)
    assert seen == [path]


def test_nothing_is_handed_out_that_is_old(kept, event, ask):
    assert ask(event.url)
    renew()
    assert ask(event.url) is None


def test_nothing_is_handed_out_past_its_time(kept, event, ask, clock):
    assert ask(event.url)
    clock.shift(301)
    assert ask(event.url) is None


def test_nothing_is_handed_out_while_the_site_is_closed(kept, event, ask, settings, tmp_path):
    assert ask(event.url)
    settings.VAR_DIR = tmp_path
    (tmp_path / "maintenance").touch()
    assert ask(event.url) is None


def test_where_looking_takes_a_query_it_is_left_to_django(kept, event, ask, monkeypatch):
    """Django opens and closes the connections of a request; nobody would here."""
    for name in ("InFile", "InDatabase"):
        monkeypatch.setattr(f"prevent_content.generation.{name}", InDatabase)
    assert ask(event.url) is None


def test_what_another_version_kept_is_nobodys(kept, event, ask):
    cache = caches["default"]
    for key in list(cache._cache):
        name = key.split(":", 2)[2]
        cache.set(name.replace("prevent_content.page.", "prevent_content.page.older."), ("x",))
        cache.delete(name)
    assert ask(event.url) is None
    assert Client().get(event.url).status_code == 200
