"""The demo pages state every fact of ``tests/demo_facts.json``, in the place and words listed."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from events.registrations.models import RegistrationPage

FACTS = json.loads((Path(__file__).parent.parent / "demo_facts.json").read_text(encoding="utf-8"))
ADDRESSES = {
    "the event of 2022": "/prevent/roundtables/prevent-community-roundtable-may-2022/",
    "the series": "/prevent/roundtables/prevent-community-roundtable/",
}


@pytest.fixture
def text_at(client, demo):
    """Return a function from an address to the text of its main part, with single spaces."""

    def read(address):
        response = client.get(address)
        assert response.status_code == 200
        main = BeautifulSoup(response.content, "html.parser").find("main")
        return " ".join(main.get_text(" ").split())

    return read


def test_every_fact_is_stated_where_listed(text_at):
    places = {place for fact in FACTS.values() for place in fact["on"]}
    texts = {place: text_at(ADDRESSES.get(place, place)).casefold() for place in places}
    missing = [
        (name, place, words)
        for name, fact in FACTS.items()
        for place in fact["on"]
        for words in fact["words"]
        if words.casefold() not in texts[place]
    ]
    assert missing == []


def test_the_three_objectives_are_a_numbered_list_in_order(client, demo):
    page = BeautifulSoup(client.get("/prevent/").content, "html.parser")
    titles = [item.get_text() for item in page.select("ol p.app-objectives__title")]
    assert [title.split()[0] for title in titles] == ["Tackle", "Safeguard", "Help"]


def test_each_contents_link_leads_to_a_heading(client, demo):
    page = BeautifulSoup(client.get("/prevent/").content, "html.parser")
    anchors = [link["href"].removeprefix("#") for link in page.select(".app-contents a")]
    assert len(anchors) == 9
    assert [page.find(id=anchor).name for anchor in anchors] == ["h2"] * 9


@pytest.mark.parametrize("address", ["/accessibility/", "/cookies/", "/privacy/"])
def test_the_statements_are_in_the_footer_of_every_page(client, demo, address):
    for place in ("/", "/prevent/", address):
        footer = BeautifulSoup(client.get(place).content, "html.parser").find("footer")
        assert footer.find("a", href=address)


def test_the_accessibility_statement_has_the_parts_of_the_model(client, demo):
    page = BeautifulSoup(client.get("/accessibility/").content, "html.parser")
    assert [heading.get_text(strip=True) for heading in page.select("main h2.govuk-heading-l")] == [
        "How accessible this website is",
        "Feedback and contact information",
        "Reporting accessibility problems with this website",
        "Enforcement procedure",
        "Technical information about this website’s accessibility",
        "What we are doing to improve accessibility",
        "Preparation of this accessibility statement",
    ]


def test_the_cookies_page_tells_the_truth(client, demo, text_at, settings):
    words = text_at("/cookies/")
    assert settings.CSRF_COOKIE_NAME in words
    assert settings.SESSION_COOKIE_NAME in words
    assert settings.CSRF_COOKIE_AGE == 52 * 7 * 24 * 60 * 60, "the page says 1 year"
    assert settings.SESSION_COOKIE_AGE == 14 * 24 * 60 * 60, "the page says 2 weeks"
    for address in ("/", "/prevent/", "/prevent/roundtables/", "/privacy/", *ADDRESSES.values()):
        assert not client.get(address).cookies
    assert not client.get(f"{ADDRESSES['the series']}register/").cookies


def test_the_privacy_page_names_the_days_that_the_form_keeps(demo, text_at):
    days = set(RegistrationPage.objects.values_list("retention_days", flat=True))
    assert days == {30}
    assert "30 days after the end of the event" in text_at("/privacy/")
    assert "30 days" in text_at(f"{ADDRESSES['the series']}register/")
