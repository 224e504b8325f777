"""Public forms: guarded without a cookie, and without browser warnings."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from events.registrations.guarded_forms import issue_token
from events.registrations.jobs import delete_old_form_answers
from events.registrations.models import FormAnswers, Registration
from prevent_content.origins import Source, source_of
from tests.conftest import NOW
from tests.factories import RegistrationFactory

NAVIGATION = {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_SITE": "same-origin"}


@pytest.fixture
def url(registration_page):
    return registration_page.url


@pytest.fixture
def strict():
    """A browser for which Django checks its cookie wherever it would in production."""
    return Client(enforce_csrf_checks=True)


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def main_text(response):
    return " ".join(page_of(response).find("main").get_text().split())


@pytest.mark.parametrize(
    ("headers", "source"),
    [
        ({}, Source.OWN),
        ({"Sec-Fetch-Site": "same-origin"}, Source.OWN),
        ({"Sec-Fetch-Site": "none"}, Source.OWN),
        ({"Sec-Fetch-Site": "same-site"}, Source.SIBLING),
        ({"Sec-Fetch-Site": "cross-site"}, Source.FOREIGN),
        ({"Sec-Fetch-Site": "nonsense"}, Source.FOREIGN),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, Source.FOREIGN),
        ({"Origin": "http://testserver"}, Source.OWN),
        ({"Origin": "http://TESTSERVER"}, Source.OWN),
        ({"Origin": "http://testserver:81"}, Source.FOREIGN),
        ({"Origin": "https://evil.example"}, Source.FOREIGN),
        ({"Origin": "https://testserver.evil.example"}, Source.FOREIGN),
        ({"Origin": "http://[oops"}, Source.FOREIGN),
        ({"Origin": "null"}, Source.SIBLING),
        ({"Referer": "http://testserver/prevent/"}, Source.OWN),
        ({"Referer": "https://evil.example/testserver"}, Source.FOREIGN),
        ({"Referer": "https://testserver@evil.example/"}, Source.FOREIGN),
        ({"Origin": "https://forms.council.example", "Sec-Fetch-Site": "same-site"}, Source.OWN),
        ({"Origin": "https://a.pages.example", "Sec-Fetch-Site": "cross-site"}, Source.OWN),
        ({"Origin": "http://forms.council.example"}, Source.FOREIGN),
    ],
)
def test_the_browsers_report_of_a_forms_origin_is_read(rf, settings, headers, source):
    settings.CSRF_TRUSTED_ORIGINS = ["https://forms.council.example", "https://*.pages.example"]
    assert source_of(rf.post("/", headers=headers)) == source


def test_a_visitor_without_cookies_books_with_the_fields_in_the_form(strict, url, clock, answers):
    shown = page_of(strict.get(url)).find("form", method="post")
    found = {field["name"]: field.get("value", "") for field in shown.select("input[type=hidden]")}
    clock.shift(timedelta(minutes=1))
    sent = strict.post(url, answers() | found)
    assert sent.status_code == 302
    assert Registration.objects.get().reference in strict.get(sent["Location"]).content.decode()
    assert not strict.cookies


FOREIGN = [
    {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "https://evil.example"},
    {"HTTP_ORIGIN": "https://evil.example"},
    {"HTTP_REFERER": "https://evil.example/"},
]


@pytest.fixture
def own(registration_page):
    """The address of someone's own booking."""
    registration = RegistrationFactory(
        page=registration_page,
        occurrence=registration_page.event.occurrences.order_by("date").first(),
        status="received",
    )
    return f"/registration/{registration.link_token()}/"


@pytest.mark.parametrize("headers", FOREIGN, ids=["fetch metadata", "origin", "referer"])
@pytest.mark.parametrize(
    "path", ["form", "/registration/link/", "/registration/complaint/", "feedback", "withdraw"]
)
def test_a_form_from_another_website_is_refused(
    strict, registration_page, answers, own, path, headers
):
    path = {
        "form": registration_page.url,
        "feedback": f"/feedback/{registration_page.pk}/",
        "withdraw": f"{own}withdraw/",
    }.get(path, path)
    refused = strict.post(path, answers(), **headers)
    assert refused.status_code == 403
    assert "sent from another website" in main_text(refused)
    assert "Ada Visitor" not in refused.content.decode()
    assert list(Registration.objects.values_list("status", flat=True)) == ["received"]


def test_a_form_sent_from_a_sibling_address_comes_back_with_its_answers(strict, url, answers):
    again = strict.post(url, answers(), HTTP_SEC_FETCH_SITE="same-site")
    assert again.status_code == 403
    assert "sent from another address of this website" in main_text(again)
    assert page_of(again).find("input", attrs={"name": "name"})["value"] == "Ada Visitor"
    assert not Registration.objects.exists()


@pytest.mark.parametrize("path", ["/", "/prevent/", "/cms/login/"])
def test_django_still_guards_every_other_address(strict, url, path):
    assert strict.post(path, {"name": "Ada"}).status_code == 403


def test_no_public_page_sets_a_cookie(strict, registration_page, answers, own):
    event = registration_page.event
    pages = [
        *("/", "/prevent/", "/prevent/roundtables/", event.url, registration_page.url, "/search/"),
        *("/registration/link/", "/registration/complaint/", f"/feedback/{event.pk}/"),
        *(
            own,
            *(
                f"{own}{act}/"
                for act in ("change", "move", "name", "email", "confirm", "withdraw", "erase")
            ),
        ),
        *("/registration/erased/", "/registration/unknown/", "/no-such-page/", "/robots.txt"),
        *("/api/events/", "/calendar/events.ics"),
    ]
    for path in pages:
        assert not strict.get(path).cookies, path
    sent = strict.post(registration_page.url, answers(step="check"))
    checked = strict.get(sent["Location"])
    for response in (sent, checked, strict.post(own + "withdraw/")):
        assert not response.cookies
    assert not strict.cookies


def test_a_browser_is_redirected_to_reloadable_errors(client, url, answers):
    refused = client.post(url, answers(email="ada"), **NAVIGATION)
    assert refused.status_code == 302
    assert "ada" not in refused["Location"].lower().replace(url.lower(), "")
    for _ in range(2):
        shown = client.get(refused["Location"])
        assert shown.status_code == 422
        assert "no-store" in shown["Cache-Control"]
        assert page_of(shown).find("input", attrs={"name": "email"})["value"] == "ada"
        assert "correct format" in page_of(shown).select_one(".govuk-error-summary").get_text()


@pytest.mark.parametrize("act", ["change", "move"])
def test_errors_on_a_persons_own_pages_can_be_reloaded_too(client, own, act):
    wrong = {"question_your_question": "x" * 3000, "occurrence": "none"}
    refused = client.post(f"{own}{act}/", wrong, **NAVIGATION)
    assert refused.status_code == 302
    shown = client.get(refused["Location"])
    assert shown.status_code == 422
    assert page_of(shown).select_one(".govuk-error-summary")


def test_a_renewed_token_is_renewed_in_the_stored_answers(client, url, clock, answers):
    sent = answers()
    clock.shift(timedelta(days=2))
    refused = client.post(url, sent, **NAVIGATION)
    shown = client.get(refused["Location"])
    assert "open for more than a day" in main_text(shown)
    key = page_of(shown).find("input", attrs={"name": "submission_key"})["value"]
    assert client.post(url, sent | {"submission_key": key}, **NAVIGATION).status_code == 302
    assert Registration.objects.count() == 1


def test_the_answers_to_check_can_be_sent_once_and_are_then_deleted(client, url, answers):
    to_check = client.post(url, answers(step="check"), **NAVIGATION)["Location"]
    token = page_of(client.get(to_check)).find("input", attrs={"name": "answers"})["value"]
    sent = [client.post(url, {"answers": token}, **NAVIGATION)["Location"] for _ in range(2)]
    assert sent[0] == sent[1]
    assert Registration.objects.count() == 1
    back = client.get(to_check)
    assert (back.status_code, back["Location"]) == (302, sent[0])
    assert b"Ada" not in FormAnswers.read(token, at=NOW).received.encode()
    assert FormAnswers.read(token, at=NOW).sent == []


def test_stored_answers_are_unreadable_without_the_address_and_deleted_after_a_day(
    client, url, answers
):
    to_check = client.post(url, answers(step="check"))["Location"]
    row = FormAnswers.objects.get()
    assert b"Ada" not in bytes(row.content)
    assert row.key not in to_check
    later = NOW + timedelta(hours=24)
    assert FormAnswers.read(to_check.partition("check=")[2], at=later) is None
    assert delete_old_form_answers(at=NOW) == "0 unsent forms deleted"
    assert delete_old_form_answers(at=later) == "1 unsent forms deleted"


@pytest.mark.parametrize("name", ["answers", "check"])
def test_an_address_whose_answers_are_deleted_shows_the_form_and_says_so(client, url, name):
    shown = client.get(url, {name: "unknown"})
    assert shown.status_code == 200
    assert "no longer have your answers" in main_text(shown)


def test_sending_deleted_answers_says_so_and_books_nothing(client, url):
    refused = client.post(url, {"answers": "unknown"})
    assert refused.status_code == 410
    assert "no longer have your answers" in main_text(refused)
    assert page_of(refused).find("input", attrs={"name": "name"})


def test_answers_too_long_to_store_are_answered_at_once(client, url, answers):
    sent = answers(question_your_question="x" * 200_000)
    assert client.post(url, sent, **NAVIGATION).status_code == 422
    assert not FormAnswers.objects.exists()


def test_a_network_sending_many_invalid_forms_stores_only_some(client, url, answers, settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_ADDRESS": 1}
    statuses = [client.post(url, answers(email="x"), **NAVIGATION).status_code for _ in range(5)]
    assert statuses == [302, 302, 302, 422, 422]


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "utf-32", "idna", "zlib", "cp037", "x"])
@pytest.mark.parametrize("path", ["form", "/registration/link/", "/registration/complaint/"])
def test_a_form_in_an_unusual_encoding_is_refused(strict, url, path, charset):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    refused = strict.generic("POST", url if path == "form" else path, b"name=Ada", kind)
    assert refused.status_code == 415
    assert "UTF-8" in main_text(refused)


def test_a_form_with_more_answers_than_any_form_has_is_refused(client, url, answers):
    many = {f"field{number}": "x" for number in range(200)}
    assert client.post(url, answers() | many).status_code == 400
    assert not Registration.objects.exists()


def test_two_visitors_never_get_the_same_token(client, url):
    keys = {
        re.search(r'name="submission_key" value="([^"]+)"', client.get(url).content.decode())[1]
        for _ in range(3)
    }
    assert len(keys) == 3
    assert issue_token(1, at=NOW) not in keys
