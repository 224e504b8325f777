import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.models import PageViewRestriction, Site

from home.models import FooterPage, HomePage, SiteSettings
from tests.factories import PreventPageFactory, StandardPageFactory, publish


def test_the_first_migration_leaves_a_front_page_at_the_root_of_the_default_site(client, home):
    site = Site.objects.get()
    assert site.is_default_site
    assert site.root_page.specific == home
    assert client.get("/").status_code == 200


def shown(client, selector):
    return BeautifulSoup(client.get("/").content, "html.parser").select(selector)


def test_the_front_page_lists_the_pages_that_are_in_its_menu(client, clock, home):
    PreventPageFactory(parent=home, title="In the menu", slug="in", show_in_menus=True)
    PreventPageFactory(parent=home, title="Not in it", slug="out")
    PreventPageFactory(parent=home, title="A draft", slug="draft", show_in_menus=True, live=False)
    secret = PreventPageFactory(parent=home, title="Secret", slug="secret", show_in_menus=True)
    PageViewRestriction.objects.create(page=secret, restriction_type="login")
    titles = [title.get_text(strip=True) for title in shown(client, ".app-topics__title")]
    assert titles == ["In the menu"]


def test_the_header_names_the_council_and_the_service(client, home):
    settings = SiteSettings.for_site(Site.objects.get())
    settings.council_name, settings.service_name = "Brill Council", "Talks"
    settings.save()
    (header,) = shown(client, ".app-header__link")
    assert header.get_text(" ", strip=True) == "Brill Council Talks"


def test_a_name_with_markup_is_shown_as_text(client, home):
    settings = SiteSettings.for_site(Site.objects.get())
    settings.council_name = "<script>alert(1)</script>"
    settings.save()
    assert "<script>alert(1)" not in client.get("/").content.decode()


def test_the_footer_links_the_published_pages_in_the_editors_order(client, clock, home):
    settings = SiteSettings.for_site(Site.objects.get())
    pages = [
        StandardPageFactory(parent=home, title=title, live=live)
        for title, live in (("Privacy", True), ("Draft", False), ("Cookies", True))
    ]
    settings.footer_pages = [
        FooterPage(page=page, sort_order=order)
        for order, page in zip((2, 1, 0), pages, strict=True)
    ]
    settings.save()
    links = shown(client, "footer .app-footer__link")
    complaint = "/registration/complaint/"
    lost_link = reverse("prevent_registrations:lost_link")
    assert [link["href"] for link in links] == [lost_link, complaint, "/cookies/", "/privacy/"]


def test_an_editor_changes_header_and_footer(client, editor, home):
    site = Site.objects.get()
    SiteSettings.for_site(site)
    client.force_login(editor)
    url = reverse("wagtailsettings:edit", args=["home", "sitesettings", site.pk])
    sent = client.post(
        url,
        {
            "council_name": "Brill Council",
            "service_name": "Talks",
            "main_colour": "#5c0f4c",
            "accent_colour": "#d9a441",
            "typeface": "verdana",
            "contact_email": "hello@brill.example",
            "footer_pages-TOTAL_FORMS": "1",
            "footer_pages-INITIAL_FORMS": "0",
            "footer_pages-MIN_NUM_FORMS": "0",
            "footer_pages-MAX_NUM_FORMS": "1000",
            "footer_pages-0-page": home.pk,
            "footer_pages-0-ORDER": "1",
            "footer_pages-0-DELETE": "",
            "footer_pages-0-id": "",
        },
    )
    assert sent.status_code == 302
    settings = SiteSettings.objects.get(site=site)
    assert settings.council_name == "Brill Council"
    page = BeautifulSoup(client.get("/").content, "html.parser")
    assert page.find("footer").find("a", href="mailto:hello@brill.example")
    (sheet,) = [link["href"] for link in page.head.find_all("link") if "look.css" in link["href"]]
    rules = client.get(sheet).content.decode()
    assert "--govuk-brand-colour: #5c0f4c;" in rules
    assert "--app-typeface: verdana" in rules
    assert "--app-accent-colour" not in rules
    assert [row.page.pk for row in settings.footer_pages.all()] == [home.pk]


@pytest.mark.parametrize("address", ["/no-such-page/", "/home/"])
def test_an_unknown_address_is_answered_in_the_sites_own_look(client, home, address):
    response = client.get(address)
    assert response.status_code == 404
    page = BeautifulSoup(response.content, "html.parser")
    assert page.find("header")
    assert page.find("h1").get_text(strip=True)


def test_a_home_page_is_allowed_only_at_the_root(home):
    assert HomePage.allowed_parent_page_models() == [type(home.get_parent())]


def test_the_front_page_shows_as_many_dates_as_its_editor_chooses(client, clock, series, home):
    assert len(shown(client, ".app-large-card, .app-event-card")) == 3
    home.summary, home.upcoming_dates = "Talks near you.", 2
    publish(home)
    assert len(shown(client, ".app-large-card")) == 1
    assert len(shown(client, ".app-event-card")) == 1
