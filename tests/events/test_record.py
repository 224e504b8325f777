"""An event's page after its last date: a record that leads to the next roundtable."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model

from events import actions
from tests.conftest import NOW
from tests.factories import EventPageFactory, publish

pytestmark = pytest.mark.django_db

AFTER = "2026-11-26 19:31Z"
PARTS = ["What was said", "Questions and answers", "Slides and notes", "What happened next"]


def main_of(client, page):
    return BeautifulSoup(client.get(page.url).content, "html.parser").main


def words(part) -> str:
    return " ".join(part.get_text(" ").split())


@pytest.fixture
def recorded(event):
    document = get_document_model()(title="Slides of the evening")
    document.file.save("slides.txt", ContentFile("Slides"))
    event.record_summary = "<p>Forty people came.</p>"
    event.record_questions = [
        ("question", {"question": "Who decides?", "answer": "<p>A panel does.</p>"})
    ]
    event.record_documents = [
        ("document", {"document": document, "accessibility": "Tagged for screen readers."})
    ]
    event.record_next = "<p>We meet the schools in May.</p>"
    return publish(event)


@pytest.fixture
def later(event_index):
    return EventPageFactory(parent=event_index, title="The next evening", date=date(2027, 2, 25))


def test_the_page_turns_by_itself_after_its_last_date(client, recorded, later, clock):
    before = main_of(client, recorded)
    assert "This page is a record of it" not in words(before)
    assert before.select("a[href$='.ics']")
    clock.move_to(AFTER)
    after = main_of(client, recorded)
    assert "This event has ended. This page is a record of it." in words(after)
    assert not after.select("a[href$='.ics']")
    headings = [heading.get_text() for heading in after.find_all("h2")]
    assert [heading for heading in headings if heading in PARTS] == PARTS
    assert "Slides of the evening" in words(after)
    assert "Tagged for screen readers." in words(after)
    link = after.find("a", string=lambda text: text and "The next evening" in text)
    assert link["href"].endswith(later.get_url_parts()[2])
    assert "Thursday 25 February 2027" in link.get_text()


def test_a_cancelled_date_is_not_the_next(client, recorded, later, clock):
    actions.cancel_occurrence(later.occurrences.get(), reason="Ill", by=None)
    clock.move_to(AFTER)
    assert "The next roundtable" not in words(main_of(client, recorded))


def test_a_cancelled_event_has_no_record(client, event, clock):
    actions.cancel_occurrence(event.occurrences.get(), reason="Ill", by=None)
    clock.move_to(AFTER)
    assert "This event did not take place." in words(main_of(client, event))


def test_a_continuing_series_stays_an_invitation(client, series, clock):
    clock.move_to(AFTER)
    assert "This event has ended" not in words(main_of(client, series))


def test_names_in_the_record_stop_publishing(recorded):
    recorded.record_questions = [
        ("question", {"question": "Mr Jones asked why", "answer": "<p>Because.</p>"})
    ]
    assert "record-name" in {finding.code for finding in recorded.findings(at=NOW)}
