"""How many interactions an editor's usual tasks take in Chromium: `pytest -s` prints the counts.

Every address, click, choice and field counts as one, as in ``test_editing``.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from events.models import EventPage, Occurrence
from events.registrations.models import RegistrationPage
from tests.browser.test_editing import Hands
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-walks")]

SUBMIT = "Submit to Approval by a moderator"


@pytest.fixture(scope="module")
def stage():
    """The demo content is enough."""
    return dict


@pytest.fixture
def editor(browse, site, settings) -> Hands:
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 0
    Hands.count = 0
    return Hands(browse(site.url, user=UserFactory(group="Communications editors")))


def day() -> str:
    return f"{timezone.localdate() + timedelta(days=60):%Y-%m-%d}"


def said(task: str, most: int) -> None:
    print(f"\n{task}: {Hands.count} interactions, at most {most}")  # noqa: T201
    assert Hands.count <= most


def submit(editor: Hands) -> None:
    editor.tick_checklist()
    editor.choose(SUBMIT)
    editor.page.locator(".messages li").first.wait_for()
    expect(editor.page.locator(".messages")).to_contain_text("submitted for moderation")


def make(editor: Hands, what: str, **fields: str) -> None:
    """Add a snippet in the chooser's window."""
    page = editor.page
    editor.click(page.get_by_role("button", name=f"Choose {what}"))
    modal = page.locator(".modal.in")
    editor.click(modal.get_by_role("tab", name=f"New {what}"))
    for label, text in fields.items():
        editor.fill(modal.get_by_label(label.capitalize(), exact=False).first, text)
    editor.click(modal.locator("#tab-create [type=submit]"))
    modal.wait_for(state="hidden")


def add_line(editor: Hands, page: Page, kind: str) -> None:
    agenda = page.locator("[data-contentpath=agenda]")
    editor.click(agenda.get_by_role("button", name="Insert a block").last)
    editor.click(page.get_by_role("option", name=kind))


def test_an_event_from_an_empty_page_with_a_new_venue_and_organiser(editor):
    page = editor.page
    index = EventPage.objects.first().get_parent()
    editor.go(f"/cms/pages/add/prevent_events/eventpage/{index.pk}/")
    editor.fill(page.locator("#id_title"), "An evening about online safety")
    editor.fill(page.locator("#id_summary"), "Hear what helps, and ask your questions.")
    editor.fill(page.locator("#id_date"), day())
    editor.fill(page.locator("#id_starts"), "18:00")
    editor.fill(page.locator("#id_ends"), "19:30")
    make(editor, "venue", name="The Old School", address="1 School Lane", postcode="HP19 8FF")
    make(editor, "organiser", team="Community team", inbox="prevent@council.example")
    editor.fill(page.locator("#id_audience"), "Everyone")
    add_line(editor, page, "Agenda item")
    editor.fill(page.locator("[name=agenda-0-value-starts]"), "18:00")
    editor.fill(page.locator("[name=agenda-0-value-ends]"), "19:30")
    editor.fill(page.locator("[name=agenda-0-value-title]"), "Talk and questions")
    expect(page.locator("[data-checklist-url]")).not_to_contain_text("The running order is empty")
    submit(editor)
    said("An event from an empty page, venue and organiser new", 40)


def test_an_event_and_its_form_from_a_template(editor):
    page = editor.page
    editor.go("/cms/")
    editor.click(page.get_by_role("link", name="Evening roundtable"))
    editor.fill(page.locator("#id_date"), day())
    Hands.count += 2
    page.locator("#id_venue").select_option(index=1)
    page.locator("#id_organiser").select_option(index=1)
    editor.click(page.get_by_role("button", name="Create draft"))
    submit(editor)
    event = EventPage.objects.latest("pk")
    assert RegistrationPage.objects.child_of(event).count() == 1
    said("An event with its form from a template", 15)


def test_a_form_of_four_questions(editor):
    page = editor.page
    event = EventPage.objects.get(slug="prevent-community-roundtable-may-2022")
    form = event.get_children().get()
    RegistrationPage.objects.get(pk=form.pk).form_fields.all().delete()
    editor.go(f"/cms/pages/{form.pk}/edit/")
    for number in range(4):
        editor.click(page.locator("#id_form_fields-ADD"))
        editor.fill(page.locator(f"#id_form_fields-{number}-label"), f"Question {number + 1}")
        Hands.count += 1
        page.locator(f"#id_form_fields-{number}-field_type").select_option("singleline")
    editor.click(page.locator("footer .action-save"))
    page.get_by_text("has been updated").wait_for()
    said("A form of four questions", 14)


def test_one_date_is_moved_online_postponed_and_cancelled(editor):
    page = editor.page
    event = EventPage.objects.get(slug="prevent-community-roundtable")
    rows = Occurrence.objects.filter(
        event=event, status="scheduled", starts_at__gt=timezone.now()
    ).order_by("starts_at")[:3]
    for row, act in zip(rows, ("Move online", "Postpone", "Cancel"), strict=True):
        Hands.count = 0
        editor.go(f"/cms/event-dates/{event.pk}/")
        line = page.locator("tr", has=page.locator(f"a[href*='{row.uuid}']"))
        editor.click(line.get_by_role("link", name=act).first)
        if act == "Postpone":
            editor.click(page.get_by_label("The new date is not known yet"))
        if act == "Move online" and (link := page.get_by_label("Joining link")).count():
            editor.fill(link, "https://meet.example/1")
        editor.fill(page.get_by_label("Reason"), "The hall is flooded.")
        editor.click(page.get_by_role("button", name="Continue"))
        page.get_by_role("heading", name="What will happen").wait_for()
        editor.click(page.locator(".date-act form button[type=submit]").first)
        page.locator(".messages .success").wait_for()
        said(f"{act}, one date", 7)
