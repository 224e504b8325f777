"""Every refusal and fault has the site's look and a way on."""

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.template.loader import get_template
from django.test import Client
from wagtail.models import Site

from events.registrations.models import RegistrationPage
from home.errors import unavailable, write_pages, write_pages_or_log
from home.models import HomePage, SiteSettings
from prevent_content.models import PreventPage, PreventSettings


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
    assert b"mattress" not in response.content
    assert b"connection" not in response.content


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nothing/", 404), ("/prevent/roundtables/?month=x", 400)],
)
def test_an_unknown_address_offers_ways_on(visitor, event_index, path, status):
    assert_helps(visitor.get(path), status)


def test_a_form_that_closed_before_it_was_sent_is_gone(visitor, registration_page, monkeypatch):
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


def test_error_pages_need_no_database(settings, tmp_path):
    # pytest-django refuses every query here.
    settings.VAR_DIR = tmp_path
    response = unavailable()
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select_one("main a[href='tel:999']")
    assert page.select_one("main a[href='tel:0800789321']")


@pytest.mark.parametrize("name", ["429.html", "500.html", "503.html"])
def test_an_error_page_without_settings_shows_no_empty_number(name):
    page = BeautifulSoup(get_template(name).render(), "html.parser")
    assert page.select_one("main h1")
    assert all(link.get_text(strip=True) for link in page.select("main a"))
    assert not page.select(".app-concern")


def test_a_file_switches_maintenance_on(visitor, home, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    assert visitor.get("/").status_code == 200
    write_pages()
    (tmp_path / "maintenance").touch()
    page = assert_helps(visitor.get("/"), 503)
    assert "not available" in page.h1.text
    assert visitor.get("/healthz").status_code == 200
    assert visitor.get(page.select_one("link[rel=stylesheet]")["href"]).status_code == 200
    assert visitor.get("/cms/login/").status_code == 200
    (tmp_path / "maintenance").unlink()
    assert visitor.get("/").status_code == 200


@pytest.fixture
def written(home, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    write_pages()
    return tmp_path / "errors"


def test_a_proxy_has_error_pages_for_when_the_site_does_not_answer(written):
    write_pages()
    names = ["429.html", "500.html", "503.html", "site.css"]
    assert sorted(path.name for path in written.iterdir()) == names
    assert b".govuk-" in (written / "site.css").read_bytes()
    for path in written.glob("*.html"):
        page = BeautifulSoup(path.read_text(), "html.parser")
        assert len(page.select("h1")) == 1
        assert page.select_one("header .govuk-generic-header")
        assert page.select_one("main a[href='/']")
        assert page.select_one("main a[href='tel:999']")
        assert [link["href"] for link in page.select("link[rel=stylesheet]")] == [
            "/errors/site.css"
        ]
        assert "have not received your answers" in page.select_one("main").get_text()


@pytest.mark.django_db(transaction=True)
def test_the_pages_follow_the_settings_of_the_site(visitor, written, monkeypatch):
    site = Site.objects.get(is_default_site=True)
    shown, routes = SiteSettings.for_site(site), PreventSettings.for_site(site)
    shown.council_name, shown.main_colour = "Brill Council", "#5c0f4c"
    shown.save()
    routes.team_name, routes.team_phone = "Prevent team", "01632 960 555"
    routes.save()
    assert "--govuk-brand-colour: #5c0f4c" in (written / "site.css").read_text()
    for name in ("429.html", "500.html", "503.html"):
        words = (written / name).read_text()
        assert "Brill Council" in words
        assert "01632 960 555" in words
    monkeypatch.setattr(HomePage, "serve", raises(RuntimeError("a pea")))
    assert "01632 960 555" in visitor.get("/").content.decode()
    assert visitor.get("/errors/site.css").status_code == 200


def test_settings_are_saved_even_if_the_pages_cannot_be_written(home, settings, tmp_path, caplog):
    (tmp_path / "errors").write_text("in the way")
    settings.VAR_DIR = tmp_path
    write_pages_or_log()
    assert "cannot be written" in caplog.text


@pytest.mark.parametrize(
    "address", ["/ar/prevent/", "/pl/", "/cy/search/", "/ar/registration/link/"]
)
def test_a_language_without_pages_has_no_addresses(visitor, prevent_page, address):
    assert_helps(visitor.get(address), 404)


def test_a_not_found_page_offers_the_search_and_the_concern_routes(visitor, prevent_page):
    page = assert_helps(visitor.get("/nothing/"), 404)
    assert page.select_one("main form[role=search]")
    assert page.select_one("main a[href='tel:999']")
