from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.urls import reverse
from wagtail.documents import get_document_model

from events.registrations import jobs
from events.registrations.emails.kinds import compose
from events.registrations.mail.retry_policy import NothingToSay
from events.registrations.models import OutboundEmail
from prevent_content import links
from prevent_content.models import (
    ContentOwner,
    PreventPage,
    inbox_of,
    inboxes_by_team,
    overdue_pages,
)
from tests.conftest import NOW
from tests.factories import EventPageFactory, PreventPageFactory, StandardPageFactory

TODAY = date(2026, 11, 2)
YESTERDAY = TODAY - timedelta(days=1)


def rows(client, name):
    page = BeautifulSoup(client.get(reverse(f"prevent_reports:{name}")).content, "html.parser")
    found = page.select("table.listing tbody tr")
    return [[cell.get_text(strip=True) for cell in row.select("td")] for row in found]


@pytest.fixture
def overdue(clock, home, prevent_page):
    ContentOwner.objects.create(team="Community Safety", inbox="safety@council.example")
    common = {"content_owner": "community safety "}
    return [
        PreventPageFactory(
            parent=home, title="Long", slug="a", review_by=date(2025, 1, 1), **common
        ),
        StandardPageFactory(parent=home, title="Just", slug="b", review_by=YESTERDAY, **common),
    ]


def test_pages_are_overdue_from_the_day_after(overdue, home, event_index):
    PreventPageFactory(parent=home, title="Today", slug="c", review_by=TODAY)
    PreventPageFactory(parent=home, title="Draft", slug="d", review_by=YESTERDAY, live=False)
    event = EventPageFactory(parent=event_index, title="Event", review_by=YESTERDAY)
    found = [page.title for page in overdue_pages(on=TODAY)]
    assert found[0] == "Long"
    assert sorted(found[1:]) == ["Event", "Just"]
    assert overdue_pages(on=TODAY)[1:][0].review_by == event.review_by


def test_without_an_inbox_the_reminder_goes_to_the_pages_author(overdue, home, editor):
    known = inboxes_by_team()
    page = PreventPageFactory(parent=home, title="Mine", slug="mine", owner=editor)
    assert inbox_of(overdue[0], known) == "safety@council.example"
    assert inbox_of(page, known) == "edith@council.example"
    editor.is_active = False
    editor.save()
    assert inbox_of(PreventPage.objects.get(pk=page.pk), known) == ""


def test_each_owner_gets_one_reminder_a_week_about_all_pages(overdue, clock):
    for moment in (NOW, NOW + timedelta(hours=1), NOW + timedelta(days=6)):
        jobs.enqueue_page_reminders(at=moment)
    (mail,) = OutboundEmail.objects.all()
    assert (mail.kind, mail.recipient) == ("review_due", "safety@council.example")
    message = compose(mail, at=NOW)
    assert message.body.index("Long") < message.body.index("Just")
    assert "due on 1 January 2025" in message.body
    assert "/cms/reports/pages-to-look-at-again/" in message.body
    jobs.enqueue_page_reminders(at=NOW + timedelta(days=7))
    assert OutboundEmail.objects.count() == 2


def test_a_reminder_about_pages_reviewed_meanwhile_is_not_sent(overdue):
    jobs.enqueue_page_reminders(at=NOW)
    for page in overdue:
        type(page).objects.filter(pk=page.pk).update(review_by=date(2030, 1, 1))
    with pytest.raises(NothingToSay):
        compose(OutboundEmail.objects.get(), at=NOW)


def test_nobody_is_reminded_while_nothing_is_overdue(clock, prevent_page):
    assert jobs.enqueue_page_reminders(at=NOW) == "0 page reminders queued"


def test_the_report_says_who_is_reminded_about_what(client, editor, overdue):
    client.force_login(editor)
    assert rows(client, "overdue") == [
        ["Long", "community safety", "1 January 2025", "safety@council.example"],
        ["Just", "community safety", "1 November 2026", "safety@council.example"],
    ]


@pytest.fixture
def linking(clock, home, prevent_page, event_index):
    """A page with links to existing and missing targets, and to other sites."""
    gone = PreventPageFactory(parent=home, title="Gone", slug="gone")
    hidden = PreventPageFactory(parent=home, title="Hidden", slug="hidden")
    document = get_document_model()(title="Notes")
    document.file.save("notes.txt", ContentFile("Notes"))
    text = "".join(
        [
            f'<a linktype="page" id="{prevent_page.pk}">fine</a>',
            f'<a linktype="page" id="{gone.pk}">gone</a>',
            f'<a linktype="document" id="{document.pk}">notes</a>',
            '<a href="https://www.gov.uk/a?b=1&amp;c=2">GOV.UK</a><a href="tel:999">999</a>',
        ]
    )
    page = StandardPageFactory(
        parent=home,
        title="Linking",
        slug="linking",
        body=[
            ("prose", f"<p>{text}</p>"),
            ("details", {"summary": "More", "text": '<p><a href="http://x.example/">x</a></p>'}),
            ("related_pages", {"heading": "More", "pages": [event_index, hidden, gone]}),
            ("documents", {"title": "Papers", "documents": [document]}),
        ],
    )
    hidden.unpublish()
    names = {"gone": gone.pk, "document": document.pk}
    gone.delete()
    document.delete()
    return page, names


def test_links_to_deleted_or_unpublished_pages_are_found_everywhere(linking, home):
    page, names = linking
    broken, external = links.look(home.get_descendants().live())
    assert {(target, fault) for found, target, fault in broken if found.pk == page.pk} == {
        ("Hidden", "It is not published"),
        (f"page {names['gone']}", "It was deleted"),
        (f"document {names['document']}", "It was deleted"),
    }
    assert [address for found, address in external if found.pk == page.pk] == [
        "https://www.gov.uk/a?b=1&c=2",
        "http://x.example/",
    ]


def test_the_link_report_contacts_no_other_site(client, editor, linking, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("A request left")

    monkeypatch.setattr("socket.socket.connect", refuse)
    client.force_login(editor)
    faults = [row[2] for row in rows(client, "links") if row[0] == "Linking"]
    assert sorted(faults[:3]) == ["It is not published", "It was deleted", "It was deleted"]
    assert faults[3:] == [
        "Another site, not checked",
        "Another site, not checked",
    ]


@pytest.mark.parametrize("name", ["overdue", "links"])
def test_reports_are_for_people_who_edit_pages(client, lead, linking, name):
    client.force_login(lead)
    assert client.get(reverse(f"prevent_reports:{name}")).status_code in (302, 403)
