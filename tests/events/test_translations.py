"""One event in two languages: one set of dates, which the pages of both show."""

from datetime import time

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.models import Locale, Site

from events import actions
from events.models import EventPage, Occurrence
from tests.factories import EventPageFactory, RegistrationFactory, publish


@pytest.fixture
def urdu(db):
    yield Locale.objects.create(language_code="ur")
    Site.clear_site_root_paths_cache()


@pytest.fixture
def translated(series, urdu):
    """The series in Urdu, below the Urdu edition of the list."""
    for page in series.get_ancestors().filter(depth__gt=1).specific():
        copy = page.copy_for_translation(urdu)
        copy.summary = copy.summary or "خلاصہ"
        publish(copy)
    copy = series.copy_for_translation(urdu)
    copy.title = "اجلاس"
    Site.clear_site_root_paths_cache()
    return publish(copy)


def coming(page):
    return list(EventPage.objects.get(pk=page.pk).dates.order_by("date"))


def titles(client, address):
    page = BeautifulSoup(client.get(address).content, "html.parser")
    return [link.get_text(" ", strip=True) for link in page.select(".app-event-card__title")]


def test_publishing_a_translation_makes_no_dates_of_its_own(series, translated):
    assert Occurrence.objects.count() == series.occurrences.count() > 1
    assert coming(translated) == coming(series)


def test_a_date_that_is_cancelled_is_cancelled_in_every_language(client, series, translated):
    row = series.occurrences.first()
    actions.cancel_occurrence(row, reason="The hall is flooded", by=None)
    for page in (series, translated):
        address = f"{page.get_url_parts()[2]}?date={row.starts_on.isoformat()}"
        assert "The hall is flooded" in client.get(address).content.decode()


def test_a_list_shows_each_date_once_in_the_language_of_the_reader(client, series, translated):
    for page in (series, translated):
        shown = titles(client, page.get_parent().get_url_parts()[2])
        assert len(shown) == len(set(shown)) == len(coming(series))
        assert all(title.startswith(page.title) for title in shown)


def test_an_untranslated_event_is_listed_in_its_own_language_and_says_so(
    client, series, translated
):
    EventPageFactory(parent=series.get_parent(), title="Only English")
    page = BeautifulSoup(
        client.get(translated.get_parent().get_url_parts()[2]).content, "html.parser"
    )
    (entry,) = [row for row in page.select(".app-event-card") if "Only English" in row.get_text()]
    assert entry.select_one('[lang="en-gb"]').get_text(strip=True) == "Only English"


def test_a_calendar_has_each_date_once_with_one_identity(client, series, translated):
    def entries(query):
        calendar = b"".join(client.get(f"/calendar/events.ics{query}")).decode()
        uids = [line for line in calendar.splitlines() if line.startswith("UID:")]
        return uids, calendar

    uids, english = entries("")
    same, urdu = entries("?language=ur")
    assert len(uids) == len(set(uids)) == len(coming(series))
    assert sorted(uids) == sorted(same)
    assert "اجلاس" in urdu
    assert "اجلاس" not in english


def test_new_hours_of_the_first_page_are_those_of_every_translation(series, translated):
    series.starts, series.ends = time(17), time(18)
    publish(series)
    translated = EventPage.objects.get(pk=translated.pk)
    assert (translated.starts, translated.ends) == (time(17), time(18))
    assert {row.hours for row in coming(translated)} == {"5pm to 6pm"}


def test_a_translation_cannot_change_what_is_shared(series, translated):
    translated.starts, translated.ends = time(9), time(10)
    publish(translated)
    assert EventPage.objects.get(pk=translated.pk).starts == series.starts
    assert translated.get_latest_revision_as_object().starts == series.starts


def test_a_translations_form_has_no_shared_fields(client, translated, moderator):
    client.force_login(moderator)
    page = client.get(reverse("wagtailadmin_pages:edit", args=[translated.pk])).content.decode()
    assert 'name="title"' in page
    for name in ("date", "starts", "ends", "recurrence_repeats", "venue", "organiser"):
        assert f'name="{name}"' not in page


@pytest.mark.parametrize("leave", ["unpublish", "delete"])
def test_a_deleted_language_leaves_the_dates_to_the_others(
    series, translated, registration_page, leave
):
    RegistrationFactory(page=registration_page, occurrence=series.occurrences.first())
    before = {(row.uuid, row.status, row.sequence) for row in coming(series)}
    getattr(EventPage.objects.get(pk=translated.pk), leave)()
    assert {(row.uuid, row.status, row.sequence) for row in coming(series)} == before


@pytest.mark.parametrize("leave", ["unpublish", "delete"])
def test_the_first_language_passes_its_dates_to_the_remaining_one(series, translated, leave):
    before = [row.uuid for row in coming(series)]
    getattr(EventPage.objects.get(pk=series.pk), leave)()
    after = coming(translated)
    assert [row.uuid for row in after] == before
    assert {row.event_id for row in after} == {translated.pk}
    assert not any(row.is_cancelled for row in after)


def test_removing_a_language_says_that_the_dates_stay(client, admin, series, translated):
    row = series.occurrences.order_by("date").first()
    RegistrationFactory(occurrence=row)
    client.force_login(admin)
    for way in ("unpublish", "delete"):
        url = reverse(f"wagtailadmin_pages:{way}", args=[translated.pk])
        asked = client.post(url, {"next": "/cms/"})
        shown = " ".join(asked.content.decode().split())
        assert "1 person is registered for 1 upcoming date." in shown
        assert "A language is removed, and its dates stay" in shown
        assert "goes ahead, and stays published in another language" in shown
        assert "will be cancelled" not in shown
        assert "Tell the people who booked?" not in shown
        confirmed = {"next": "/cms/", "what_will_happen": "confirmed"}
        assert client.post(url, confirmed).status_code == 302
        row.refresh_from_db()
        assert row.status == Occurrence.Status.SCHEDULED
        if way == "unpublish":
            EventPage.objects.get(pk=translated.pk).save_revision().publish()
    assert not EventPage.objects.filter(pk=translated.pk).exists()
