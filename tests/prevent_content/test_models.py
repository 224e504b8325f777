import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.models import Site

from prevent_content.models import PreventPage, PreventSettings
from tests.factories import PreventPageFactory, publish

pytestmark = pytest.mark.django_db


def heading(text, level="h2"):
    return "heading", {"text": text, "level": level}


def test_the_contents_are_the_section_headings_in_the_order_of_the_page():
    page = PreventPage(
        body=[
            heading("What Prevent is for"),
            heading("In detail", "h3"),
            ("prose", "<p>Words.</p>"),
            heading("Who to tell?"),
        ]
    )
    assert page.contents == [
        ("what-prevent-is-for", "What Prevent is for"),
        ("who-to-tell", "Who to tell?"),
    ]


def test_a_heading_in_another_script_still_has_an_anchor():
    assert PreventPage(body=[heading("مرحبا")]).contents == [("section", "مرحبا")]


def test_a_page_with_one_section_has_no_contents_list(client, clock, home):
    page = PreventPageFactory(parent=home, body=[heading("Only one")])
    assert not BeautifulSoup(client.get(page.url).content, "html.parser").select(".app-contents")


def test_the_concern_routes_are_the_national_ones_by_default(home):
    routes = PreventSettings.for_site(Site.objects.get())
    assert (
        routes.emergency_phone,
        routes.police_phone,
        routes.hotline_phone,
        routes.act_early_phone,
        routes.team_email,
    ) == ("999", "101", "0800 789 321", "0800 011 3764", "")


def test_a_changed_route_shows_on_every_page_at_once(client, clock, home):
    page = PreventPageFactory(parent=home, body=[("concern_routes", {"heading": "Worried?"})])
    routes = PreventSettings.for_site(Site.objects.get())
    routes.hotline_phone = "0808 157 0000"
    routes.team_name = "Local team"
    routes.save()
    shown = client.get(page.url).content.decode()
    assert "0808 157 0000" in shown
    assert 'href="tel:08081570000"' in shown
    assert "0800 789 321" not in shown
    assert "Local team" in shown


def test_a_moderator_changes_the_routes_and_an_editor_does_not(client, moderator, editor, home):
    site = Site.objects.get()
    PreventSettings.for_site(site)
    url = reverse("wagtailsettings:edit", args=["prevent_content", "preventsettings", site.pk])
    client.force_login(moderator)
    assert client.get(url).status_code == 200
    client.force_login(editor)
    assert client.get(url).status_code == 302


def test_the_owner_and_the_day_of_the_last_change_are_shown(client, clock, home):
    page = PreventPageFactory(parent=home, content_owner="Community safety team")
    clock.move_to("2026-12-01T09:00:00+00:00")
    publish(page)
    shown = BeautifulSoup(client.get(page.url).content, "html.parser")
    assert shown.select_one(".app-page-meta time")["datetime"] == "2026-12-01"
    assert "Community safety team" in shown.select_one(".app-page-meta").get_text()


def test_a_page_needs_a_summary_of_at_most_300_letters(home):
    field = PreventPage._meta.get_field("summary")
    assert field.max_length == 300
    assert not field.blank


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_page_that_is_only_read_accepts_no_other_method(client, clock, home, event, method):
    for page in (home, event):
        response = getattr(client, method)(page.url)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_page_lists_its_methods(client, clock, event):
    assert client.options(event.url)["Allow"] == "GET, HEAD, OPTIONS"
    assert client.head(event.url).status_code == 200
