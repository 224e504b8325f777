"""The frame of every page, the search, and pages found by old addresses, over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Site

from home.models import SiteSettings
from prevent_content.models import AlertBanner, PreventSettings


def test_the_frame_has_name_menu_footer_routes_and_banners(fetch, prevent_page, event_index, home):
    prevent_page.show_in_menus = True
    prevent_page.save()
    site = Site.objects.get()
    settings = SiteSettings.for_site(site)
    settings.contact_phone = "01632 960 001"
    settings.footer_pages.create(page=event_index)
    settings.save()
    AlertBanner.objects.create(
        title="The hall is closed",
        text=f'<p>Read <a linktype="page" id="{prevent_page.pk}">why</a></p>',
        starts_at=timezone.now() - timedelta(hours=1),
    )
    AlertBanner.objects.create(
        title="Only there", page=prevent_page, starts_at=timezone.now() - timedelta(hours=1)
    )
    frame = fetch("/api/site/")
    assert set(frame) == {
        *("name", "url", "locale", "languages", "navigation", "footer", "concern", "exit_url"),
        "banners",
    }
    assert frame["name"] == settings.council_name
    assert frame["url"] == "http://testserver/"
    assert [language["code"] for language in frame["languages"]] == ["en-gb"]
    assert [(row["title"], row["url"], row["locale"]) for row in frame["navigation"]] == [
        (prevent_page.title, "http://testserver/prevent/", "en-gb")
    ]
    assert frame["footer"]["contact"]["phone"] == "01632 960 001"
    assert [row["id"] for row in frame["footer"]["pages"]] == [event_index.pk]
    routes = frame["concern"]["routes"]
    assert routes["emergency"]["phone"] == PreventSettings.for_site(site).emergency_phone
    assert all(route["label"] or name == "local_team" for name, route in routes.items())
    (banner,) = frame["banners"]
    assert banner["text"] == '<p>Read <a href="http://testserver/prevent/">why</a></p>'
    below = fetch(f"/api/site/?page={event_index.pk}")["banners"]
    assert [row["title"] for row in below] == ["The hall is closed", "Only there"]
    assert fetch("/api/site/?locale=xx", status=400)["errors"][0]["field"] == "locale"
    assert fetch("/api/site/?page=999999", status=404)


def test_each_site_and_language_has_its_own_frame(client, two_sites):
    here = client.get("/api/site/?locale=ur").json()
    assert here["locale"] == "ur"
    assert [language["code"] for language in here["languages"]] == ["en-gb", "ur"]
    assert here["languages"][1]["direction"] == "rtl"
    assert here["languages"][1]["url"].startswith("http://testserver/ur/")
    assert here["concern"]["heading"] != "If you are worried about someone"
    there = client.get("/api/site/", headers={"Host": "there.example"}).json()
    assert there["url"] == "http://there.example/"


def test_a_banner_ends_on_time(client, clock, home):
    AlertBanner.objects.create(
        title="For an hour",
        starts_at=timezone.now() - timedelta(minutes=1),
        ends_at=timezone.now() + timedelta(hours=1),
    )
    first = client.get("/api/site/")
    assert len(first.json()["banners"]) == 1
    clock.shift(3700)
    second = client.get("/api/site/", headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert second.json()["banners"] == []


def test_the_search_finds_pages_and_dates(client, fetch, series, settings):
    found = fetch("/api/search/?query=community+roundtable")
    assert found["count"] >= 1
    assert found["items"][0]["page"]["url"].startswith("http://testserver/")
    assert "<mark>" in found["items"][0]["title"] + found["items"][0]["passage"]
    assert found["dates"][0]["event"]["id"] == series.pk
    assert fetch("/api/search/?query=%21", status=400)["errors"][0]["field"] == "query"
    assert fetch("/api/search/", status=400)["errors"][0]["field"] == "query"
    settings.PREVENT = settings.PREVENT | {"SEARCH_LIMIT_ADDRESS": 1}
    for _ in range(3):
        last = client.get("/api/search/?query=roundtable")
    assert last.status_code == 429
    assert last["Retry-After"] == "60"
    assert last["RateLimit"] == '"default";r=0;t=60'
    assert last["RateLimit-Policy"] == '"default";q=1;w=60'


@pytest.mark.parametrize("path", ["/old/", "/old", "/old/?month=2026-11"])
def test_a_page_is_found_by_a_former_address(client, prevent_page, path):
    Redirect.objects.create(
        old_path=Redirect.normalise_path("/old/"),
        redirect_page=prevent_page,
        site=Site.objects.get(),
    )
    response = client.get("/api/v2/pages/find/", {"html_path": path})
    assert response.status_code == 302
    assert response["Location"] == f"http://testserver/api/v2/pages/{prevent_page.pk}/"


def test_a_redirect_elsewhere_says_where_and_hidden_pages_are_not_found(client, prevent_page):
    site = Site.objects.get()
    Redirect.add_redirect("/gone/", "https://elsewhere.example/", site=site)
    response = client.get("/api/v2/pages/find/?html_path=/gone/")
    assert response.status_code == 404
    assert response.json()["type"].endswith(":redirect")
    assert response["Location"] == "https://elsewhere.example/"
    Redirect.add_redirect("/hidden/", prevent_page, site=site)
    prevent_page.unpublish()
    assert client.get("/api/v2/pages/find/?html_path=/hidden/").status_code == 404
