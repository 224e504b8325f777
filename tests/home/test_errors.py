"""Every refusal and fault has the site's look and a way on."""

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.template.loader import render_to_string
from django.test import Client

from events.registrations.models import RegistrationPage
from home.errors import write_pages
from prevent_content.models import PreventPage


def assert_helps(response, status):
    """Check that a page of ``status`` has one heading, the site's frame, and a way on."""
    assert response.status_code == status
    page = BeautifulSoup(response.content, "html.parser")
    assert len(page.select("h1")) == 1
    assert page.select_one("header .govuk-generic-header")
    assert page.select_one("main a[href], main form")
    assert page.title.text.strip()
    return page


def raises(error):
    def serve(self, request, *args, **kwargs):
        raise error

    return serve


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PermissionDenied(), 403),
        (RuntimeError("a pea under the mattress"), 500),
        (OperationalError("the connection is lost"), 503),
    ],
)
def test_a_page_that_cannot_be_shown_says_so(visitor, prevent_page, monkeypatch, error, status):
    monkeypatch.setattr(PreventPage, "serve", raises(error))
    response = visitor.get("/prevent/")
    assert_helps(response, status)
    assert b"pea" not in response.content
    assert b"connection" not in response.content


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nothing/", 404), ("/prevent/roundtables/?month=x", 400)],
)
def test_an_address_that_leads_nowhere_leads_back(visitor, event_index, path, status):
    assert_helps(visitor.get(path), status)


def test_a_form_that_is_closed_when_it_is_sent_is_gone(visitor, registration_page, monkeypatch):
    monkeypatch.setattr(RegistrationPage, "is_open", lambda self, row, at: False)
    assert_helps(visitor.post(registration_page.url, {}), 410)


def test_without_a_database_visitors_are_asked_to_come_back(visitor, monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("could not connect to db.council.example")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", refuse)
        response = visitor.get("/prevent/")
    assert_helps(response, 503)
    assert response["Retry-After"] == "60"
    assert "no-store" in response["Cache-Control"]
    assert b"db.council.example" not in response.content


@pytest.mark.parametrize("name", ["500.html", "503.html"])
def test_the_pages_for_faults_ask_nothing_of_the_database(name):
    # pytest-django refuses every query here.
    assert "999" in render_to_string(name)


def test_maintenance_is_a_file_away(visitor, home, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    assert visitor.get("/").status_code == 200
    (tmp_path / "maintenance").touch()
    page = assert_helps(visitor.get("/"), 503)
    assert "not available" in page.h1.text
    assert visitor.get("/healthz").status_code == 200
    assert visitor.get("/cms/login/").status_code == 200
    (tmp_path / "maintenance").unlink()
    assert visitor.get("/").status_code == 200


def test_a_proxy_has_pages_of_the_site_for_when_nothing_answers_it(tmp_path):
    folder = tmp_path / "errors"
    for _ in range(2):
        write_pages(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["429.html", "503.html", "site.css"]
    assert b".govuk-" in (folder / "site.css").read_bytes()
    for path in folder.glob("*.html"):
        page = BeautifulSoup(path.read_text(), "html.parser")
        assert len(page.select("h1")) == 1
        assert page.select_one("header .govuk-generic-header")
        assert page.select_one("main a[href='/']")
        assert page.select_one("link[rel=stylesheet]")["href"] == "/errors/site.css"
        assert "nothing was kept" in page.select_one("main").get_text()
