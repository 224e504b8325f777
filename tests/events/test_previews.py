"""A preview shows what is approved: the dates, place and hours of the draft."""

from datetime import date, time

import pytest

from events import actions
from events.models import EventPage
from tests.factories import VenueFactory

pytestmark = pytest.mark.django_db


def previewed(page):
    request = page.make_preview_request(preview_mode=page.default_preview_mode)
    return request.render().content.decode()


def draft_of(page, **fields):
    draft = EventPage.objects.get(pk=page.pk)
    for name, value in fields.items():
        setattr(draft, name, value)
    draft.save_revision()
    return EventPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def test_a_preview_shows_the_dates_and_the_venue_of_the_draft(series):
    draft = draft_of(
        series,
        date=date(2026, 12, 31),
        starts=time(17),
        ends=time(18),
        venue=VenueFactory(name="Library"),
    )
    text = previewed(draft)
    assert "Thursday 31 December 2026" in text
    assert "5pm to 6pm" in text
    assert "Library" in text
    assert not EventPage.objects.get(pk=series.pk).dates.filter(date="2026-12-31").exists()


def test_a_preview_of_an_unsaved_event_shows_its_dates(event_index):
    page = EventPage(
        title="New evening",
        slug="new",
        date=date(2026, 12, 10),
        starts=time(18),
        ends=time(19),
        venue=VenueFactory(name="Library"),
    )
    text = previewed(page)
    assert "Thursday 10 December 2026" in text
    assert "Library" in text


@pytest.mark.parametrize("missing", ["date", "starts", "ends"])
def test_a_preview_of_an_unfinished_event_is_shown_without_dates(event_index, missing):
    page = EventPage(title="New evening", slug="new", date=date(2026, 12, 10), starts=time(18))
    page.ends = time(19)
    setattr(page, missing, None)
    assert "New evening" in previewed(page)


def test_a_preview_shows_changes_to_a_date(series):
    row = series.dates.order_by("date").first()
    actions.move_online(row, reason="The hall is flooded", by=None)
    assert "The hall is flooded" in previewed(draft_of(series, title="Another title"))


@pytest.mark.parametrize(
    "fields",
    [
        {"date": None},
        {"starts": None},
        {"starts": time(19), "ends": time(18)},
        {"agenda": [("time", {"mark": "close", "starts": time(3), "ends": time(2), "note": ""})]},
    ],
)
def test_a_draft_is_saved_whatever_its_hours(series, fields):
    draft = EventPage.objects.get(pk=series.pk)
    draft.is_draft = True
    for name, value in fields.items():
        setattr(draft, name, value)
    # As the editor does, leaving blank fields to the form.
    draft.clean()
    draft.save_revision(clean=False)
    new = EventPage(title="New", slug="new", live=False, **fields)
    new.is_draft = True
    new.summary = "New"
    series.get_parent().add_child(instance=new)
