import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import PageViewRestriction, Site

from events.models import EventPage
from prevent_content.routing import DirectRouteMixin, pages_on_way, site_of
from tests.factories import EventPageFactory, RegistrationPageFactory


def ask(client, path):
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    return response, len(queries)


def test_a_page_five_levels_down_is_found_in_two_queries(client, home, registration_page):
    components = registration_page.url_path.removeprefix(home.url_path).strip("/").split("/")
    with CaptureQueriesContext(connection) as queries:
        found = home.find_below(components)
    assert found == registration_page
    assert type(found) is type(registration_page)
    assert len(queries) == 2
    with CaptureQueriesContext(connection) as queries:
        parents = [found.get_parent().title, found.get_parent().get_parent().title]
    assert parents == ["Community roundtable", "Roundtables"]
    assert len(queries) == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/prevent/roundtables/community-roundtable/", 200),
        ("/prevent/roundtables/community-roundtable/register/", 200),
        ("/prevent/roundtables/community-roundtable/nothing/", 404),
        ("/prevent/nothing/community-roundtable/", 404),
        ("/roundtables/community-roundtable/", 404),
        ("/prevent/roundtables/community-roundtable/register/register/", 404),
        ("/home/prevent/", 404),
    ],
)
def test_addresses_lead_where_wagtail_leads_them(
    client, registration_page, monkeypatch, path, status
):
    assert client.get(path).status_code == status
    monkeypatch.setattr(DirectRouteMixin, "find_below", lambda self, components: None)
    assert client.get(path).status_code == status


def test_a_page_below_one_that_is_not_published_is_served_as_wagtail_serves_it(
    client, event_index, event
):
    event_index.unpublish()
    assert client.get(event.url).status_code == 200
    event.unpublish()
    assert client.get(event.url).status_code == 404


def test_a_private_page_stays_private_with_all_below_it(client, event_index, event):
    PageViewRestriction.objects.create(page=event_index, restriction_type="login")
    assert client.get(event.url).status_code == 302


def test_two_pages_of_one_slug_are_told_apart(client, event_index):
    for title in ("North", "South"):
        event = EventPageFactory(parent=event_index, title=title, slug=title.lower())
        RegistrationPageFactory(parent=event)
    shown = client.get("/prevent/roundtables/south/register/").content.decode()
    assert "South" in shown
    assert "North" not in shown


def test_a_page_with_a_way_of_routing_of_its_own_is_asked(client, registration_page, monkeypatch):
    asked = []

    def route(self, request, path_components):
        asked.append(path_components)
        return DirectRouteMixin.route(self, request, path_components)

    monkeypatch.setattr(EventPage, "route", route)
    assert client.get(registration_page.url).status_code == 200
    assert asked == [["register"]]


SITES = {
    "one": [("www.council.example", 80, True)],
    "one, not the default": [("www.council.example", 80, False)],
    "none": [],
    "two names": [("www.council.example", 80, True), ("events.example", 80, False)],
    "two ports": [
        ("www.council.example", 80, True),
        ("events.example", 80, False),
        ("events.example", 8000, False),
    ],
    "ports without a default": [("events.example", 80, False), ("events.example", 8000, False)],
    "the default on a port": [("events.example", 8000, True), ("events.example", 80, False)],
}


@pytest.mark.parametrize("name", ["events.example", "www.council.example", "elsewhere.example"])
@pytest.mark.parametrize("port", ["80", "8000", "443"])
@pytest.mark.parametrize("sites", SITES)
def test_the_site_of_a_request_is_the_one_that_wagtail_finds(home, rf, sites, name, port):
    Site.objects.all().delete()
    for hostname, number, is_default in SITES[sites]:
        Site.objects.create(
            hostname=hostname, port=number, is_default_site=is_default, root_page=home
        )
    here = {"SERVER_NAME": name, "SERVER_PORT": port}
    assert site_of(rf.get("/", **here)) == Site.find_for_request(rf.get("/", **here))


def test_an_address_deeper_than_any_tree_is_not_looked_for(client, prevent_page):
    client.get("/prevent/no/such/page/")
    before = len(pages_on_way.written)
    for levels in range(64, 70):
        assert client.get(f"/prevent/{'a/' * levels}").status_code == 404
    assert client.get(f"/prevent/{'a/' * 2000}").status_code == 404
    assert len(pages_on_way.written) == before
