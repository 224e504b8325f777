"""Security headers of every answer, size limits, and where to report vulnerabilities."""

from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.documents.forms import get_document_form
from wagtail.images import get_image_model
from wagtail.images.forms import get_image_form

from cms.checks import contact_is_known_and_current
from cms.middleware import cms_policy, public_policy

PATHS = ["/", "/prevent/", "/nothing/", "/cms/", "/cms/login/", "/healthz", "/api/events/"]


def parts(response) -> dict[str, str]:
    rules = (rule.partition(" ") for rule in response["Content-Security-Policy"].split("; "))
    return {name: value for name, _, value in rules}


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_allows_only_our_scripts(series, path):
    rules = parts(Client().get(path))
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == rules["object-src"] == rules["base-uri"] == "'none'"


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_says_who_may_embed_it_and_what_it_may_use(series, path):
    response = Client().get(path)
    assert "camera=()" in response["Permissions-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    expected = "cross-origin" if path.startswith("/api/") else "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == expected


def test_public_pages_allow_no_inline_style_and_no_frame(series):
    rules = parts(Client().get("/prevent/"))
    assert "unsafe" not in public_policy()
    assert rules["frame-ancestors"] == "'none'"
    assert rules["form-action"] == "'self'"


def test_a_preview_may_be_framed_by_the_cms(admin, series):
    client = Client()
    client.force_login(admin)
    response = client.get(reverse("wagtailadmin_pages:view_draft", args=[series.pk]))
    assert parts(response)["frame-ancestors"] == "'self'"


def test_only_configured_hosts_are_allowed(settings):
    settings.PREVENT = {**settings.PREVENT, "PREVIEW_URL": "https://front.example/draft?x=1"}
    settings.OIDC_SERVER_URL = "https://login.example/tenant/v2.0"
    settings.MEDIA_HOST = "https://media.example"
    assert "frame-src 'self' https://front.example;" in cms_policy()
    assert "form-action 'self' https://login.example;" in cms_policy()
    assert "img-src 'self' data: https://media.example;" in public_policy()
    assert "front.example" not in public_policy()


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/registration/complaint/", 4 * 1024 * 1024 + 1, 413),
        ("/", 10**12, 413),
        ("/cms/login/", 12 * 1024 * 1024 + 1, 413),
        ("/registration/complaint/", -1, 400),
        ("/registration/complaint/", "many", 400),
    ],
)
def test_bodies_that_are_too_large_are_refused_unread(db, path, length, status):
    response = Client().generic("POST", path, b"", CONTENT_LENGTH=str(length))
    assert response.status_code == status
    assert response.content.endswith(b".\n")


def test_a_form_with_too_many_fields_is_refused(db):
    for path in ("/registration/complaint/", "/cms/login/"):
        response = Client().post(path, {f"f{n}": "" for n in range(10_001)})
        assert response.status_code == 400


def test_an_unknown_host_gets_nothing(home):
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400
    response = Client().get("/", headers={"x-forwarded-host": "evil.example"})
    assert b"evil.example" not in response.content


@pytest.mark.parametrize(
    ("name", "accepted"),
    [("a.pdf", True), ("a.html", False), ("a.svg", False), ("a.exe", False), ("a.pdf.html", False)],
)
def test_only_listed_types_of_documents_are_accepted(admin, name, accepted):
    form = get_document_form(get_document_model())(
        {"title": "A", "collection": 1}, {"file": ContentFile(b"%PDF-1.4", name)}, user=admin
    )
    assert ("file" not in form.errors) == accepted


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>"])
@pytest.mark.parametrize("name", ["a.svg", "a.png"])
def test_a_page_disguised_as_a_picture_is_refused(admin, name, content):
    form = get_image_form(get_image_model())(
        {"title": "A", "collection": 1}, {"file": ContentFile(content, name)}, user=admin
    )
    assert "file" in form.errors


def test_documents_are_downloaded(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    document = get_document_model()(title="Minutes")
    document.file.save("minutes.pdf", ContentFile(b"%PDF-1.4"))
    response = Client().get(document.url)
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"] or parts(response)


@pytest.fixture
def contact(settings):
    settings.SECURITY_CONTACT = "mailto:security@council.example"
    settings.SECURITY_TXT_EXPIRES = "2027-10-31"
    return settings


def test_security_txt_has_what_rfc_9116_requires(contact, db):
    response = Client().get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert lines["Contact"] == "mailto:security@council.example"
    assert datetime.fromisoformat(lines["Expires"]) == datetime(2027, 10, 31, tzinfo=UTC)
    assert lines["Canonical"] == "http://testserver/.well-known/security.txt"


@pytest.mark.parametrize(
    ("expires", "found"),
    [
        ("2027-10-31", []),
        ("2026-12-01", ["cms.W002"]),
        ("2026-01-01", ["cms.W002"]),
        ("2031-01-01", ["cms.W002"]),
        ("soon", ["cms.W002"]),
    ],
)
def test_a_check_warns_before_it_expires(contact, clock, expires, found):
    contact.SECURITY_TXT_EXPIRES = expires
    assert [warning.id for warning in contact_is_known_and_current(None)] == found


def test_without_a_contact_there_is_no_page_and_a_warning(contact, home):
    contact.SECURITY_CONTACT = ""
    assert Client().get("/.well-known/security.txt").status_code == 404
    assert contact_is_known_and_current(None)[0].id == "cms.W001"
