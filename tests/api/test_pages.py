"""Pages, images and documents over Wagtail's API: complete, typed, and nothing internal."""

import pytest
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction

from events.registrations.models import RegistrationPage
from home.models import HomePage, StandardPage
from prevent_content.models import PreventPage
from tests.factories import (
    EventPageFactory,
    OrganiserFactory,
    PreventPageFactory,
    RegistrationPageFactory,
    StandardPageFactory,
)

META = {
    *("type", "detail_url", "html_url", "slug", "show_in_menus", "seo_title"),
    *("search_description", "first_published_at", "alias_of", "parent", "locale"),
}
EDITORIAL = {
    *("id", "meta", "title", "summary", "body", "contents", "breadcrumbs", "content_owner"),
    *("review_by", "last_published_at", "search"),
}
SECRETS = ("canary-inbox@council.example", "secret-room", "copies@council.example")


@pytest.fixture
def picture(db):
    return get_image_model().objects.create(
        title="The hall", file=get_test_image_file(size=(1000, 500))
    )


@pytest.fixture
def paper(db):
    content = ContentFile(b"words", name="guide.pdf")
    return get_document_model().objects.create(title="A guide", file=content)


@pytest.fixture
def secretive(event_index):
    """An event and a form full of internal values."""
    event = EventPageFactory(
        parent=event_index,
        title="Secretive",
        joining_link="https://meet.example/secret-room",
        organiser=OrganiserFactory(team="Safety", inbox="canary-inbox@council.example"),
    )
    RegistrationPageFactory(
        parent=event, copy_inboxes="copies@council.example", capacity=987_654_321
    )
    return event


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("home", {"upcoming_dates"}),
        ("prevent_page", set()),
        ("event_index", set()),
        (
            "series",
            {
                *("date", "starts", "ends", "rule", "time_zone", "attendance_mode", "venue"),
                *("organiser", "speakers", "audience", "calendar_title", "agenda"),
                *("record_summary", "record_questions", "record_documents", "record_next"),
            },
        ),
    ],
)
def test_a_page_has_these_fields_and_no_others(request, fetch, prevent_page, name, extra):
    page = request.getfixturevalue(name)
    said = fetch(f"/api/v2/pages/{page.pk}/")
    assert set(said) == EDITORIAL | extra
    assert set(said["meta"]) == META


def test_a_registration_page_has_these_fields_and_no_others(fetch, registration_page):
    said = fetch(f"/api/v2/pages/{registration_page.pk}/")
    assert set(said) == {
        *("id", "meta", "title", "introduction", "privacy_text", "consent_text"),
        *("confirmation_text", "max_guests", "waiting_list", "approval", "before_text"),
        *("after_text", "retention_days", "breadcrumbs", "search"),
    }


def test_an_event_has_times_as_hours_and_minutes_and_no_inbox(fetch, series):
    said = fetch(f"/api/v2/pages/{series.pk}/")
    assert (said["starts"], said["ends"], said["time_zone"]) == ("18:00", "19:30", "Europe/London")
    assert said["rule"] == "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH"
    assert set(said["organiser"]) == {"team", "phone"}


def test_every_block_is_typed_and_complete(client, fetch, home, prevent_page, picture, paper):
    hidden = StandardPageFactory(parent=home, title="Hidden", live=False)
    page = PreventPageFactory(
        parent=home,
        title="All blocks",
        body=[
            ("heading", {"text": "About it", "level": "h2"}),
            ("prose", f'<p>See <a linktype="page" id="{prevent_page.pk}">here</a></p>'),
            ("objectives", [{"title": "First", "text": "<p>One</p>"}]),
            ("figure", {"image": {"image": picture, "alt_text": "A hall"}, "caption": "A caption"}),
            ("documents", {"title": "Papers", "documents": [paper]}),
            ("concern_routes", {"heading": "Worried?"}),
            ("related_pages", {"heading": "More", "pages": [prevent_page, hidden]}),
        ],
    )
    said = fetch(f"/api/v2/pages/{page.pk}/")
    blocks = {block["type"]: block["value"] for block in said["body"]}
    assert blocks["heading"] == {"text": "About it", "level": "h2", "anchor": "about-it"}
    assert blocks["prose"] == '<p>See <a href="http://testserver/prevent/">here</a></p>'
    image = blocks["figure"]["image"]
    assert [row["width"] for row in image["renditions"]] == [320, 640, 960, 1000]
    for row in image["renditions"]:
        assert row["url"].startswith("http://testserver/media/")
    assert blocks["documents"]["documents"][0]["type"] == "pdf"
    assert client.get(blocks["documents"]["documents"][0]["url"]).status_code == 200
    assert blocks["concern_routes"]["routes"]["emergency"] == {
        "label": "Emergency: someone is in danger now",
        "phone": "999",
        "text_relay": "18000",
        "text_message": "999",
        "bsl_url": "https://999bsl.co.uk/",
    }
    assert blocks["concern_routes"]["routes"]["police"] == {
        "label": "Police, when it is not an emergency",
        "phone": "101",
        "text_relay": "18001 101",
    }
    assert blocks["concern_routes"]["routes"]["online"] == {
        "label": "Report online material",
        "url": "https://www.gov.uk/report-terrorism",
    }
    assert [link["title"] for link in blocks["related_pages"]["pages"]] == ["Prevent"]
    assert said["contents"] == [
        {"anchor": "about-it", "text": "About it"},
        {"anchor": "papers", "text": "Papers"},
        {"anchor": "more", "text": "More"},
    ]
    assert [link["title"] for link in said["breadcrumbs"]] == ["Home"]
    assert said["search"]["canonical_url"] == "http://testserver/all-blocks/"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?fields=*",
        "?type=prevent_events.EventPage&fields=*",
        "?type=prevent_events.EventPage&fields=*,organiser(*),venue(*)",
        "?type=prevent_registrations.RegistrationPage&fields=*",
        "?search=secretive&fields=*",
    ],
)
def test_nothing_internal_is_in_any_list(client, secretive, query):
    said = client.get(f"/api/v2/pages/{query}").content.decode()
    for secret in (*SECRETS, "987654321"):
        assert secret not in said


@pytest.mark.parametrize(
    "query",
    [
        "type=prevent_events.EventPage&joining_link=https://meet.example/secret-room",
        "type=prevent_events.EventPage&organiser__inbox=canary-inbox@council.example",
        "type=prevent_events.EventPage&order=joining_link",
        "type=prevent_registrations.RegistrationPage&copy_inboxes=copies@council.example",
        "type=prevent_registrations.RegistrationPage&order=capacity",
        "type=prevent_registrations.RegistrationPage&fields=form_fields",
        "type=prevent_registrations.RegistrationPage&fields=registrations",
        "type=prevent_events.EventPage&fields=occurrences",
        "fields=owner",
        "fields=revisions",
    ],
)
def test_internal_fields_cannot_be_queried_in_other_ways(client, secretive, query):
    assert client.get(f"/api/v2/pages/?{query}").status_code == 400


@pytest.mark.parametrize("secret", ["secret-room", "canary", "copies"])
def test_a_search_reveals_nothing_internal(fetch, secretive, secret):
    assert fetch(f"/api/v2/pages/?search={secret}")["meta"]["total_count"] == 0


@pytest.mark.parametrize("kind", ["login", "password", "groups"])
def test_a_restricted_page_is_hidden_from_everyone(
    client, fetch, prevent_page, event_index, admin, kind
):
    PageViewRestriction.objects.create(page=prevent_page, restriction_type=kind, password="x")
    client.force_login(admin)
    for page in (prevent_page, event_index):
        fetch(f"/api/v2/pages/{page.pk}/", 404)
    assert [row["title"] for row in fetch("/api/v2/pages/")["items"]] == ["Home"]
    assert fetch(f"/api/v2/pages/?search={event_index.title}")["items"] == []


def test_a_draft_is_not_found(fetch, home, prevent_page):
    draft = StandardPageFactory(parent=home, title="Draft", live=False)
    fetch(f"/api/v2/pages/{draft.pk}/", 404)
    fetch(f"/api/v2/pages/?child_of={draft.pk}", 400)
    prevent_page.title = "Not yet"
    prevent_page.save_revision()
    assert fetch(f"/api/v2/pages/{prevent_page.pk}/")["title"] == "Prevent"


def test_an_alias_does_not_reveal_a_hidden_page(fetch, home, prevent_page):
    alias = prevent_page.create_alias(update_slug="mirror")
    assert fetch(f"/api/v2/pages/{alias.pk}/")["meta"]["alias_of"]["title"] == "Prevent"
    PageViewRestriction.objects.create(page=prevent_page, restriction_type="login")
    assert fetch(f"/api/v2/pages/{alias.pk}/")["meta"]["alias_of"] is None


def test_content_of_a_closed_collection_is_hidden_from_everyone(
    client, fetch, admin, picture, paper, home
):
    closed = Collection.get_first_root_node().add_child(name="Closed")
    CollectionViewRestriction.objects.create(collection=closed, restriction_type="login")
    for row in (picture, paper):
        row.collection = closed
        row.save()
    client.force_login(admin)
    fetch(f"/api/v2/images/{picture.pk}/", 404)
    fetch(f"/api/v2/documents/{paper.pk}/", 404)
    page = PreventPageFactory(
        parent=home,
        title="Closed",
        body=[
            ("figure", {"image": {"image": picture, "alt_text": "A hall"}, "caption": ""}),
            ("documents", {"title": "Papers", "documents": [paper]}),
        ],
    )
    figure, documents = fetch(f"/api/v2/pages/{page.pk}/")["body"]
    assert figure["value"]["image"] is None
    assert documents["value"]["documents"] == []


def test_an_image_comes_in_several_widths(fetch, picture):
    said = fetch(f"/api/v2/images/{picture.pk}/")
    assert [row["width"] for row in said["renditions"]] == [320, 640, 960, 1000]
    assert said["alt"] == "The hall"


def test_a_page_is_found_by_its_path(client, series):
    found = client.get("/api/v2/pages/find/?html_path=/prevent/roundtables/community-roundtable/")
    assert found.status_code == 302
    assert found["Location"].startswith(f"http://testserver/api/v2/pages/{series.pk}/")


def test_the_tests_know_every_page_type(fetch, registration_page):
    kinds = {row["meta"]["type"] for row in fetch("/api/v2/pages/")["items"]}
    assert {HomePage._meta.label, PreventPage._meta.label, RegistrationPage._meta.label} <= kinds
    assert StandardPage.api_fields == PreventPage.api_fields
