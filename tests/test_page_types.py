"""Every page type as an editor uses it: add, save, preview, publish, read, edit."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.fields import StreamField
from wagtail.models import Page, get_page_models
from wagtail.test.utils.form_data import inline_formset, rich_text, streamfield

from events.models import EventIndexPage, EventPage
from events.registrations.models import RegistrationPage
from home.models import HomePage, StandardPage
from prevent_content.models import PreventPage
from tests.factories import EventPageFactory, OrganiserFactory, VenueFactory

pytestmark = pytest.mark.django_db

SUMMARY = {"summary": "What this page is about."}
BODY = streamfield([("heading", {"text": "A section", "level": "h2"})])


@pytest.fixture
def root(home):
    return home.get_parent()


@pytest.fixture
def lonely_event(event_index):
    return EventPageFactory(parent=event_index, title="An evening without a form")


def editorial_answers():
    return SUMMARY | {"body": BODY}


def event_answers():
    return editorial_answers() | {
        "date": "2026-11-26",
        "starts": "18:00",
        "ends": "19:30",
        "attendance_mode": "in_person",
        "venue": VenueFactory().pk,
        "organiser": OrganiserFactory().pk,
        "recurrence_repeats": "no",
        "event_speakers": inline_formset([]),
        "agenda": streamfield(
            [
                ("time", {"mark": "start", "starts": "18:00", "ends": "", "note": ""}),
                (
                    "refreshments",
                    {"starts": "18:00", "ends": "", "served": "Tea and coffee", "dietary": ""},
                ),
            ]
        ),
    }


def registration_answers():
    return {"privacy_text": rich_text("<p>We delete it after 30 days.</p>")}


CASES = {
    HomePage: ("root", "admin", editorial_answers),
    StandardPage: ("home", "editor", editorial_answers),
    PreventPage: ("home", "editor", editorial_answers),
    EventIndexPage: ("prevent_page", "editor", editorial_answers),
    EventPage: ("event_index", "editor", event_answers),
    RegistrationPage: ("lonely_event", "editor", registration_answers),
}
KINDS = pytest.mark.parametrize("kind", CASES, ids=lambda kind: kind.__name__)


def flat(name, value):
    """Yield the form's inputs for a possibly nested value, as Wagtail names them."""
    if isinstance(value, dict):
        for part, inner in value.items():
            yield from flat(f"{name}-{part}", inner)
    else:
        yield name, value


def inputs_of(response):
    """Return what the page editor's form would send untouched."""
    form = BeautifulSoup(response.content, "html.parser").find(
        "form", attrs={"data-edit-form": True}
    )
    answers = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        if field.get("type") in ("checkbox", "radio") and not field.has_attr("checked"):
            continue
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            answers[field["name"]] = chosen["value"] if chosen else ""
        elif field.name == "textarea":
            answers[field["name"]] = field.get_text().removeprefix("\n")
        else:
            blank = "on" if field.get("type") == "checkbox" else ""
            answers[field["name"]] = field.get("value", blank)
    return {name: value for name, value in answers.items() if not name.startswith("action-")}


def empty_streams(kind):
    """Return what the browser sends for the page type's empty StreamFields."""
    fields = kind._meta.get_fields()
    return {f"{field.name}-count": "0" for field in fields if isinstance(field, StreamField)}


class Desk:
    """A person in the page editor of one page type."""

    def __init__(self, kind, client, request):
        parent, person, answers = CASES[kind]
        self.kind = kind
        self.client = client
        self.parent = request.getfixturevalue(parent)
        self.client.force_login(request.getfixturevalue(person))
        self.own = dict(pair for name, value in answers().items() for pair in flat(name, value))
        self.where = [kind._meta.app_label, kind._meta.model_name, self.parent.pk]
        self.add_url = reverse("wagtailadmin_pages:add", args=self.where)

    def answers(self, url, **changed):
        opened = self.client.get(url)
        assert opened.status_code == 200
        return inputs_of(opened) | empty_streams(self.kind) | self.own | changed

    def create(self):
        answers = self.answers(self.add_url, title="A new page", slug="a-new-page")
        sent = self.client.post(self.add_url, answers)
        assert sent.status_code == 302, problems(sent)
        return self.kind.objects.get(slug="a-new-page")


def problems(response):
    page = BeautifulSoup(response.content, "html.parser")
    return [found.get_text(" ", strip=True) for found in page.select(".error-message, .messages")]


@pytest.fixture
def desk(request, client, kind, clock):
    return Desk(kind, client, request)


def test_no_page_type_of_ours_is_missing():
    assert set(CASES) == {kind for kind in get_page_models() if kind is not Page}


@KINDS
def test_it_is_created_as_a_draft_that_the_public_does_not_see(desk, client):
    page = desk.create()
    assert not page.live
    assert page.get_parent().pk == desk.parent.pk
    client.logout()
    if page.url:
        assert client.get(page.url).status_code == 404


@KINDS
def test_it_is_previewed_before_it_is_saved(desk, client):
    url = reverse("wagtailadmin_pages:preview_on_add", args=desk.where)
    answers = desk.answers(desk.add_url, title="A preview", slug="a-preview")
    assert client.post(url, answers).json()["is_valid"] is True
    shown = client.get(url)
    assert shown.status_code == 200
    assert "A preview" in BeautifulSoup(shown.content, "html.parser").find("main").get_text()


@KINDS
def test_the_public_reads_it_once_published(desk, client, kind):
    page = desk.create()
    page.get_latest_revision().publish()
    page = kind.objects.get(pk=page.pk)
    client.logout()
    if kind is HomePage:
        response = page.serve(client.get("/").wsgi_request)
        response.render()
    else:
        response = client.get(page.url)
    assert response.status_code == 200
    main = BeautifulSoup(response.content, "html.parser").find("main")
    assert [heading.get_text(strip=True) for heading in main.find_all("h1")] == ["A new page"]


@KINDS
def test_it_is_edited_and_the_change_is_previewed(desk, client, kind):
    page = desk.create()
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    answers = desk.answers(url, title="Another title")
    preview_url = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
    assert client.post(preview_url, answers).json()["is_valid"] is True
    assert "Another title" in client.get(preview_url).content.decode()
    assert client.post(url, answers).status_code == 302
    page = kind.objects.get(pk=page.pk)
    assert page.get_latest_revision().as_object().title == "Another title"


@KINDS
def test_it_is_found_in_its_parents_explorer(desk, client):
    desk.create()
    listed = client.get(reverse("wagtailadmin_explore", args=[desk.parent.pk]))
    assert "A new page" in listed.content.decode()


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (EventPage, "home"),
        (EventPage, "prevent_page"),
        (RegistrationPage, "event_index"),
        (RegistrationPage, "prevent_page"),
        (StandardPage, "event_index"),
        (PreventPage, "lonely_event"),
        (HomePage, "home"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_it_is_refused_where_it_makes_no_sense(client, admin, request, kind, parent):
    client.force_login(admin)
    where = [kind._meta.app_label, kind._meta.model_name, request.getfixturevalue(parent).pk]
    assert client.get(reverse("wagtailadmin_pages:add", args=where)).status_code in (302, 403)


def test_an_event_has_one_registration_page_at_most(client, admin, registration_page):
    client.force_login(admin)
    where = ["prevent_registrations", "registrationpage", registration_page.get_parent().pk]
    assert client.get(reverse("wagtailadmin_pages:add", args=where)).status_code in (302, 403)


@pytest.mark.parametrize("kind", [RegistrationPage])
def test_a_new_form_begins_with_optional_sensitive_needs(desk):
    page = desk.create()
    page = page.get_latest_revision().as_object()
    asked = [(field.label, field.required, field.sensitive) for field in page.form_fields.all()]
    labels = ["Access needs", "Language of the interpreter", "Other access needs"]
    labels += ["Dietary needs", "Other dietary needs"]
    assert asked == [(label, False, True) for label in labels]
