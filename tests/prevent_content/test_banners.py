from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail.models import Locale

from prevent_content.models import AlertBanner
from prevent_content.public_version import next_change_requested
from tests.conftest import NOW
from tests.factories import RegistrationFactory, publish

HOUR = timedelta(hours=1)


@pytest.fixture
def banner(prevent_page):
    """A banner for the whole site, for two hours from an hour after noon."""
    return AlertBanner.objects.create(
        title="The hall is closed",
        text='<p>Ring <a href="tel:101">101</a> &amp; ask.</p>',
        starts_at=NOW + HOUR,
        ends_at=NOW + 3 * HOUR,
    )


def shown(client, address="/prevent/"):
    page = BeautifulSoup(client.get(address).content, "html.parser")
    return [
        found.get_text() for found in page.select(".app-alert .govuk-notification-banner__heading")
    ]


@pytest.mark.parametrize(
    ("moment", "is_shown"),
    [
        (datetime(2026, 11, 2, 12, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 2, 13, tzinfo=UTC), True),
        (datetime(2026, 11, 2, 14, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 2, 15, tzinfo=UTC), False),
    ],
)
def test_a_banner_is_shown_from_its_start_until_its_end(client, clock, banner, moment, is_shown):
    clock.move_to(moment)
    assert shown(client) == (["The hall is closed"] if is_shown else [])
    assert shown(client, "/search/") == shown(client)


def test_a_banner_without_an_end_stays(client, clock, banner):
    banner.ends_at = None
    banner.full_clean()
    banner.save()
    clock.move_to(NOW + timedelta(days=400))
    assert shown(client) == ["The hall is closed"]


def test_a_page_banner_is_on_that_page_and_below_it_only(client, clock, banner, series, event):
    banner.page = series.page_ptr
    banner.save()
    clock.move_to(NOW + HOUR)
    assert shown(client, series.get_url_parts()[2]) == ["The hall is closed"]
    for other in ("/", "/prevent/", event.get_url_parts()[2], "/search/"):
        assert shown(client, other) == []


def test_a_banner_is_a_named_region(client, clock, banner):
    clock.move_to(NOW + HOUR)
    page = BeautifulSoup(client.get("/prevent/").content, "html.parser")
    region = page.select_one(".app-alert")
    assert region["role"] == "region"
    names = [page.find(id=key).get_text(strip=True) for key in region["aria-labelledby"].split()]
    assert names == ["Important", "The hall is closed"]
    assert region.select_one("a")["href"] == "tel:101"


def test_banner_text_is_escaped(client, clock, banner):
    banner.title = "<script>alert(1)</script>"
    banner.save()
    clock.move_to(NOW + HOUR)
    assert "<script>alert(1)" not in client.get("/prevent/").content.decode()


def test_no_page_about_one_person_shows_a_banner(client, clock, banner, series, registration_page):
    clock.move_to(NOW + HOUR)
    registration = RegistrationFactory(
        occurrence=series.occurrences.first(), page=registration_page, status="confirmed"
    )
    own = reverse("prevent_registrations:own", args=[registration.link_token()])
    for address in (own, "/registration/link/", "/registration/erased/"):
        assert shown(client, address) == []


def test_an_english_banner_says_so_on_a_page_in_another_language(client, clock, banner, home):
    page = home.copy_for_translation(Locale.objects.create(language_code="ur"))
    page.summary = "خلاصہ"
    publish(page)
    clock.move_to(NOW + HOUR)
    urdu = BeautifulSoup(client.get("/ur/").content, "html.parser")
    content = urdu.select_one(".app-alert .govuk-notification-banner__content")
    assert (content["lang"], content["dir"]) == ("en-GB", "ltr")
    client.get("/")


def test_a_cached_page_is_right_until_a_banner_begins_or_ends(clock, banner):
    def turns(at):
        return [moment for _, moment in next_change_requested.send(sender=None, at=at) if moment]

    assert banner.starts_at in turns(NOW)
    assert banner.ends_at in turns(NOW + 2 * HOUR)
    assert banner.ends_at not in turns(NOW + 3 * HOUR)


def test_a_banner_must_end_after_it_starts(banner):
    banner.ends_at = banner.starts_at
    with pytest.raises(ValidationError, match="Enter a time after the banner is first shown"):
        banner.full_clean()


def test_moderators_write_banners_and_editors_cannot(client, editor, moderator, prevent_page):
    client.force_login(editor)
    assert client.get(reverse("wagtailsnippets_prevent_content_alertbanner:add")).status_code == 302
    client.force_login(moderator)
    address = reverse("wagtailsnippets_prevent_content_alertbanner:add")
    answers = {"title": "Snow", "text": "null", "page": "", "starts_at": "2026-11-02 18:00"}
    assert client.post(address, answers | {"ends_at": ""}).status_code == 302
    assert AlertBanner.objects.get().starts_at == datetime(2026, 11, 2, 18, tzinfo=UTC)


def test_the_list_says_where_and_when_a_banner_is_shown(client, clock, banner, moderator):
    clock.move_to(NOW + 2 * HOUR)
    client.force_login(moderator)
    views = AlertBanner.snippet_viewset
    listed = BeautifulSoup(client.get(reverse(views.get_url_name("list"))).content, "html.parser")
    cells = [" ".join(cell.get_text(" ").split()) for cell in listed.select("tbody tr td")]
    assert "The hall is closed" in " ".join(cells)
    assert cells[-4:] == [
        "Every page",
        "2 Nov 2026, 1 p.m.",
        "2 Nov 2026, 3 p.m.",
        "Shown now",
    ]
