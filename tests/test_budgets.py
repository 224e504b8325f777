"""Budgets of a visit: queries and bytes, neither of which grows with the number of events."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail_factories import ImageFactory

from events import actions
from events.models import EventSpeaker, Occurrence
from prevent_content.blocks import EditorialStreamBlock
from tests.factories import EventPageFactory, RegistrationPageFactory, SpeakerFactory, publish

MANY = 10
HTML_BYTES = 30 * 1024
QUERIES = {
    "/": 14,
    "/prevent/": 11,
    "/prevent/roundtables/": 16,
    "/prevent/roundtables/?when=past": 16,
    "/prevent/roundtables/?month=2026-11&view=calendar": 16,
    "/prevent/roundtables/community-roundtable/": 14,
    "/prevent/roundtables/community-roundtable/?date=2026-11-26": 14,
    "/prevent/roundtables/community-roundtable/register/": 12,
    "/api/occurrences/": 3,
    "/api/events/": 4,
    "/calendar/events.atom": 3,
}
TWENTY_BLOCKS = ["heading", "prose", "inset", "details"] * 5


def visit(client, path):
    """Return the answer to a second visit, and its statements."""
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
        assert response.status_code == 200
        getattr(response, "getvalue", lambda: response.content)()
    return response, [query["sql"] for query in queries]


def add_events(event_index, number):
    for count in range(number):
        day = date(2026, 11, 3) + timedelta(days=count)
        event = EventPageFactory(parent=event_index, title=f"Evening {count}", date=day)
        RegistrationPageFactory(parent=event)


@pytest.fixture
def full_event(series, registration_page):
    """An event with twenty blocks and an image, speakers, and a cancelled date."""
    choices = EditorialStreamBlock().child_blocks
    body = [(name, choices[name].get_preview_value()) for name in TWENTY_BLOCKS]
    image = ImageFactory(title="The hall", file__width=1600, file__height=900)
    series.body = [
        ("figure", {"image": {"image": image, "alt_text": "A hall"}, "caption": "The hall"}),
        *body,
    ]
    series.event_speakers = [EventSpeaker(speaker=SpeakerFactory()) for _ in range(3)]
    return publish(series)


def test_visits_stay_within_their_query_budgets_however_many_events_there_are(
    client, event_index, registration_page
):
    first = EventPageFactory(parent=event_index, title="First", date=date(2026, 11, 12))
    RegistrationPageFactory(parent=first)
    few = {path: visit(client, path)[1] for path in QUERIES}
    add_events(event_index, MANY)
    for path, budget in QUERIES.items():
        _, many = visit(client, path)
        assert len(many) <= budget, "\n".join([path, *many])
        assert len(many) == len(few[path]), "\n".join([path, *many])


def test_ten_times_the_dates_speakers_and_changes_cost_no_more_queries(client, full_event):
    row = full_event.occurrences.first()
    actions.cancel_occurrence(row, reason="The hall is flooded", by=None)
    _, few = visit(client, full_event.url)
    for coming in full_event.occurrences.exclude(pk=row.pk):
        actions.move_online(coming, reason="The hall is flooded", by=None)
    first = Occurrence.objects.filter(event=full_event).latest("starts_at")
    for week in range(1, 10 * MANY):
        Occurrence.objects.create(
            event=full_event,
            title=full_event.title,
            date=first.date + timedelta(weeks=week),
            starts_at=first.starts_at + timedelta(weeks=week),
            ends_at=first.ends_at + timedelta(weeks=week),
            changed_at=first.changed_at,
        )
    full_event.event_speakers = [EventSpeaker(speaker=SpeakerFactory()) for _ in range(3 * MANY)]
    publish(full_event)
    _, many = visit(client, full_event.url)
    assert len(many) == len(few), "\n".join(many)


def test_an_event_with_an_image_and_twenty_blocks_stays_within_its_budgets(client, full_event):
    response, queries = visit(client, full_event.url)
    # Its own, and the QR code of the printed address.
    assert response.content.count(b"<img") == 2
    assert len(queries) <= 16, "\n".join(queries)
    assert len(response.content) < HTML_BYTES
