"""A roundtable from the dashboard to the public, by an editor and a moderator in Chromium.

Every address, click, choice and field counts as one interaction. `make pictures` takes the pictures
of docs/editors on the way, so that they are up to date.
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from events.models import EventPage
from tests.chromium import assert_accessible
from tests.factories import UserFactory

pytestmark = pytest.mark.browser

MOST_INTERACTIONS = 21


@pytest.fixture(scope="module")
def stage():
    """The demo content is enough."""
    return dict


class Hands:
    """Someone using the CMS, with interactions counted."""

    count = 0

    def __init__(self, page: Page):
        self.page = page
        # Its calls outlive the page, and would reach a database that is being emptied.
        page.context.route("**/editing-sessions/release/**", lambda route: route.abort())

    def go(self, address: str) -> None:
        Hands.count += 1
        self.page.goto(address)

    def click(self, locator: Locator) -> None:
        Hands.count += 1
        locator.click()

    def fill(self, locator: Locator, text: str) -> None:
        Hands.count += 1
        locator.fill(text)

    def tick_checklist(self) -> None:
        self.click(self.page.get_by_label("I have checked these"))

    def choose(self, name: str) -> None:
        """Press a button of the editor's menu of actions."""
        self.click(self.page.locator("footer [data-w-dropdown-target=toggle]").first)
        self.click(self.page.locator("footer").get_by_role("button", name=name, exact=True))

    def picture(self, name: str, part: str = "") -> None:
        if folder := os.environ.get("EDITOR_PICTURES"):
            path = Path(folder) / f"{name}.png"
            shown = self.page.locator(part).first if part else self.page
            shown.screenshot(path=path, animations="disabled")
            with Image.open(path) as image:
                image.convert("RGB").quantize(128).save(path, optimize=True)


def test_a_copy_of_the_last_roundtable_is_published_in_21_interactions(browse, site, settings):
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 0
    day = timezone.localdate() + timedelta(days=60)
    Hands.count = 0
    editor = Hands(
        browse(site.url, user=UserFactory(username="editor", group="Communications editors"))
    )
    draft_it(editor, f"{day:%Y-%m-%d}")
    event = EventPage.objects.latest("pk")
    submit_it(editor, event)
    moderator = Hands(browse(site.url, user=UserFactory(username="moderator", group="Moderators")))
    approve_it(moderator, event)

    form = event.get_children().get()
    visitor = browse(site.url)
    visitor.goto(form.url)
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("Book a place")
    visitor.goto(event.url)
    expect(visitor.locator("time").first).to_contain_text(f"{day:%A} {day.day} {day:%B %Y}")
    assert Hands.count <= MOST_INTERACTIONS, Hands.count


def draft_it(editor: Hands, day: str) -> None:
    page = editor.page
    editor.go("/cms/")
    panel = page.locator("[aria-labelledby=new-roundtable-title]")
    assert_accessible(page, "[aria-labelledby=new-roundtable-title]")
    editor.picture("dashboard")
    editor.click(panel.get_by_role("link", name="Prevent Community Roundtable", exact=True))
    editor.fill(page.locator("#id_date"), day)
    page.keyboard.press("Tab")
    editor.click(page.locator("[name=recurrence_repeats][value=no]"))
    assert_accessible(page, ".date-act")
    editor.picture("three-questions")
    editor.click(page.get_by_role("button", name="Create draft"))
    page.get_by_text("is saved as a draft").wait_for()


def submit_it(editor: Hands, event: EventPage) -> None:
    """Submit the event together with its form, after checking that."""
    page = editor.page
    checklist = page.locator("[data-checklist-url]")
    expect(checklist).to_contain_text("Check before publishing:")
    assert_accessible(page, "[data-checklist-url]")
    editor.picture("draft")
    editor.picture("checklist", "[data-checklist-url]")
    editor.click(checklist.get_by_role("link", name="Book a place"))
    assert_accessible(page, "[data-checklist-url]")
    editor.picture("registration-form")
    editor.click(page.locator("[data-checklist-url]").get_by_role("link", name=event.title))
    editor.tick_checklist()
    editor.choose("Submit to Approval by a moderator")
    page.get_by_text("has been submitted for moderation").wait_for()
    editor.picture("submitted")


def approve_it(moderator: Hands, event: EventPage) -> None:
    page = moderator.page
    moderator.go("/cms/")
    moderator.picture("awaiting-review")
    waiting = page.locator("main table").get_by_role("link", name=event.title, exact=True)
    moderator.click(waiting.first)
    moderator.tick_checklist()
    moderator.picture("approve")
    moderator.choose("Approve and Publish")
    page.get_by_text("has been updated").wait_for()


def test_the_guide_is_read_in_the_cms(browse, site):
    page = browse(site.url, user=UserFactory(group="Communications editors"))
    page.goto("/cms/guide/")
    page.get_by_role("link", name="Announce a roundtable").click()
    expect(page.locator(".guide img").first).to_be_visible()
    assert_accessible(page, ".guide")
    page.goto("/cms/event-start/")
    assert_accessible(page, ".date-act")
