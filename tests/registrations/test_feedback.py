from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.urls import reverse
from wagtail.models import PageViewRestriction

from events.registrations import jobs
from events.registrations.models import PageFeedback, RateCount
from tests.conftest import NOW
from tests.factories import PreventPageFactory, UserFactory, publish


@pytest.fixture
def address(prevent_page):
    return f"/feedback/{prevent_page.pk}/"


@pytest.fixture
def form(client, address):
    """Return a function to the open form's submission with the given answers."""

    def answers(**given):
        page = BeautifulSoup(client.get(address).content, "html.parser")
        hidden = {field["name"]: field["value"] for field in page.select("main input[type=hidden]")}
        return hidden | {"useful": "no", "comment": "No word about parking"} | given

    return answers


def problems(response):
    page = BeautifulSoup(response.content, "html.parser")
    return [found.get_text() for found in page.select(".govuk-error-summary li")]


def test_a_page_links_to_the_form_and_has_no_token_or_cookie(client, prevent_page, address):
    response = client.get("/prevent/")
    page = BeautifulSoup(response.content, "html.parser")
    assert [link["href"] for link in page.select(".app-page-meta a")] == [address]
    assert "submission_key" not in response.content.decode()
    assert not response.cookies


def test_an_answer_is_stored_with_the_version_read(client, clock, prevent_page, address, form):
    sent = form()
    prevent_page.title = "Published while someone writes"
    version = prevent_page.live_revision
    publish(prevent_page)
    response = client.post(address, sent, follow=True)
    assert response.redirect_chain == [(f"{address}thanks/", 302)]
    assert "Thank you" in response.content.decode()
    (row,) = PageFeedback.objects.all()
    assert (row.page.pk, row.revision, row.useful) == (prevent_page.pk, version, False)
    assert (row.comment, row.at) == ("No word about parking", NOW)


def test_an_answer_sent_twice_is_stored_once(client, address, form):
    sent = form(useful="yes")
    for _ in range(2):
        assert client.post(address, sent).status_code == 302
    assert PageFeedback.objects.get().useful


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"useful": ""}, "Say whether the page was useful"),
        (
            {"useful": "perhaps"},
            "Say whether the page was useful",
        ),
        ({"comment": "x" * 501}, "Enter this in 500 characters or fewer"),
        ({"comment": "a\x00b"}, "Null characters are not allowed."),
        (
            {"contact_me_by_fax": "1"},
            "Sorry, we could not accept your form. Check your answers and send it again",
        ),
        ({"submission_key": "forged"}, "Check your answers and send the form again"),
    ],
    ids=["nothing", "another answer", "too long", "NUL", "trap", "forged"],
)
def test_errors_are_explained_and_nothing_is_lost(client, address, form, given, sentence):
    sent = form(**given)
    response = client.post(address, sent)
    assert response.status_code == 422
    assert sentence in problems(response)
    assert not PageFeedback.objects.exists()


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "9" * 40, "1.5"])
def test_an_invalid_version_is_ignored(client, address, form, version):
    response = client.post(address, form(version=version))
    assert response.status_code in (302, 422)
    assert not PageFeedback.objects.exclude(revision=None).exists()


def test_another_pages_version_is_ignored(client, address, form, home):
    other = PreventPageFactory(parent=home, title="Other", slug="other")
    client.post(address, form(version=other.live_revision_id))
    assert PageFeedback.objects.get().revision is None


def test_too_many_answers_from_one_place_are_refused(client, address, form, settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_ADDRESS": 1}
    assert client.post(address, form()).status_code == 302
    assert client.post(address, form()).status_code == 429
    assert PageFeedback.objects.count() == 1
    assert RateCount.objects.exists()


def test_a_form_returned_too_fast_is_asked_again(client, address, form, settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_QUICKEST_SECONDS": 2.0}
    assert client.post(address, form()).status_code == 422
    assert not PageFeedback.objects.exists()


@pytest.mark.parametrize("kind", ["draft", "restricted", "root", "none"])
def test_a_private_page_has_no_form(client, home, prevent_page, kind):
    key = 0
    if kind == "root":
        key = home.get_parent().pk
    elif kind != "none":
        page = PreventPageFactory(parent=home, title="Secret", slug="secret", live=kind != "draft")
        key = page.pk
        if kind == "restricted":
            PageViewRestriction.objects.create(page=page, restriction_type="login")
    assert client.get(f"/feedback/{key}/").status_code == 404
    assert client.get(f"/feedback/{key}/thanks/").status_code == 404


def test_the_form_is_in_no_cache_and_no_search_engine(client, address):
    cache.clear()
    response = client.get(address)
    assert "no-store" in response["Cache-Control"]
    assert 'content="noindex"' in response.content.decode()


def test_answers_are_deleted_after_a_year(client, address, form):
    client.post(address, form())
    jobs.delete_old_feedback(at=NOW + timedelta(days=365))
    assert PageFeedback.objects.exists()
    said = jobs.delete_old_feedback(at=NOW + timedelta(days=366))
    assert said == "1 old answer about pages and events deleted"
    assert not PageFeedback.objects.exists()


def test_editors_read_the_feedback_on_their_pages(client, address, form, editor, prevent_page):
    client.post(address, form(comment="<b>Parking</b>"))
    client.force_login(editor)
    report = BeautifulSoup(client.get(reverse("prevent_feedback_report")).content, "html.parser")
    cells = [cell.get_text(strip=True) for cell in report.select("table.listing td")]
    assert cells == [
        "Prevent",
        "2 November 2026, 12:00",
        "No",
        "<b>Parking</b>",
        "2 November 2026",
    ]


def test_someone_who_edits_no_page_has_no_report(client, address, form, lead):
    client.post(address, form(comment="Parking"))
    for person in (lead, UserFactory()):
        client.force_login(person)
        response = client.get(reverse("prevent_feedback_report"))
        assert response.status_code in (302, 403)
        assert "Parking" not in response.content.decode()
