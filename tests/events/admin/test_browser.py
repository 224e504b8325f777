"""The dates screens and the editor's panels in Chromium: axe, narrow, dark, typing, no script."""

from datetime import date, time

import pytest
from playwright.sync_api import Page, expect

from events import actions
from events.models import EventPage, Occurrence, Venue
from events.signals import people_expected
from home.models import HomePage
from tests.chromium import assert_desk_accessible, follow, tab_to
from tests.factories import (
    EVERY_THIRD_MONTH,
    EventIndexPageFactory,
    EventPageFactory,
    PreventPageFactory,
    UserFactory,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def series(transactional_db):
    """A series far in the future, with two people on each date."""
    index = EventIndexPageFactory(parent=PreventPageFactory(parent=HomePage.objects.get()))
    event = EventPageFactory(
        parent=index,
        title="Community roundtable",
        date=date(2071, 11, 26),
        rule=EVERY_THIRD_MONTH,
        extra=[date(2071, 11, 26)],
        agenda=[("item", {"starts": time(18), "ends": time(18, 40), "title": "Talk"})],
    )

    def two_each(sender, occurrences, **kwargs):
        return dict.fromkeys(occurrences, 2)

    people_expected.connect(two_each, weak=False)
    yield event
    people_expected.disconnect(two_each)


@pytest.fixture
def row(series) -> Occurrence:
    return series.occurrences.get(date=date(2071, 11, 26))


@pytest.fixture
def desk(browse, live_server, series, settings):
    """Return a function that opens the CMS."""
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 0

    def opened(**options) -> Page:
        page = browse(live_server, user=UserFactory(is_superuser=True), **options)
        # Its calls outlive the page, and would reach a database that is being emptied.
        page.context.route("**/editing-sessions/release/**", lambda route: route.abort())
        return page

    return opened


def open_act(page: Page, row: Occurrence, act: str) -> None:
    page.goto(f"/cms/event-dates/{row.event_id}/{row.uuid}/{act}/")


def show_all_dates(page: Page, row: Occurrence) -> None:
    actions.cancel_occurrence(row, reason="The speakers are ill.", by=None)
    page.goto("/cms/event-dates/")


def show_dates_of_event(page: Page, row: Occurrence) -> None:
    page.goto(f"/cms/event-dates/{row.event_id}/")


def show_odd_filter(page: Page, row: Occurrence) -> None:
    page.goto(f"/cms/event-dates/{row.event_id}/?status=x")


def show_form(page: Page, row: Occurrence) -> None:
    open_act(page, row, "postpone")


def show_mistakes(page: Page, row: Occurrence) -> None:
    open_act(page, row, "postpone")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Correct the problems below").wait_for()


def show_venues(page: Page, row: Occurrence) -> None:
    open_act(page, row, "change-venue")


def show_conflict(page: Page, row: Occurrence) -> None:
    open_act(page, row, "cancel")
    actions.move_online(row, reason="The hall is flooded.", by=None)
    page.get_by_label("Reason").fill("The speakers are ill.")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("We have not made your change").wait_for()


def show_confirmation(page: Page, row: Occurrence) -> None:
    open_act(page, row, "cancel")
    page.get_by_label("Reason").fill("The speakers are ill.")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="What will happen").wait_for()


def show_obstacle(page: Page, row: Occurrence) -> None:
    open_act(page, row, "reinstate")


SCREENS = [
    (show_all_dates, "#listing-results"),
    (show_dates_of_event, "#listing-results"),
    (show_odd_filter, "#listing-results"),
    (show_form, ".date-act"),
    (show_mistakes, ".date-act"),
    (show_venues, ".date-act"),
    (show_conflict, ".date-act"),
    (show_confirmation, ".date-act"),
    (show_obstacle, ".date-act"),
]


@pytest.mark.parametrize(("show", "content"), SCREENS)
def test_axe_finds_nothing_on_the_screens(desk, row, show, content):
    page = desk(width=320)
    show(page, row)
    assert_desk_accessible(page, content)


def test_axe_finds_nothing_in_the_editors_panels(desk, series):
    page = desk()
    page.goto(f"/cms/pages/{series.pk}/edit/")
    for field, typed in ((page.locator("#id_date"), "2071-12-01"), (extra_dates(page), "")):
        # The checklist follows what is typed, and begins its box afresh.
        with page.expect_response(lambda response: "/cms/checklist/" in response.url):
            field.fill(typed)
    page.get_by_text("You are asked first").wait_for()
    page.locator("[data-checklist-status]", has_text="to check").wait_for(state="attached")
    for part in (
        *("[data-forecast-url]", "[data-forecast-panel=running_order]", "fieldset.rule"),
        "[data-checklist-url]",
    ):
        assert_desk_accessible(page, part)


def test_a_date_is_cancelled_by_keyboard(desk, row):
    page = desk()
    open_act(page, row, "cancel")
    page.get_by_label("Reason").focus()
    page.keyboard.type("The speakers are ill.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What will happen").wait_for()
    tab_to(page, page.get_by_role("button", name="Cancel this date"))
    page.keyboard.press("Enter")
    page.get_by_text("2 people will get an email.").wait_for()
    row.refresh_from_db()
    assert (row.status, row.reason) == ("cancelled", "The speakers are ill.")


def test_a_date_is_moved_without_a_script(desk, row):
    page = desk(java_script_enabled=False)
    open_act(page, row, "postpone")
    page.get_by_label("The new date is not known yet").check()
    page.get_by_label("Reason").fill("The speakers are ill.")
    page.get_by_role("button", name="Continue").click()
    follow(page, page.get_by_role("button", name="Postpone this date"))
    row.refresh_from_db()
    assert row.status == "postponed"


def test_the_panels_follow_what_is_typed(desk, series):
    page = desk()
    page.goto(f"/cms/pages/{series.pk}/edit/")
    dates = page.locator("[data-forecast-panel=dates]")
    expect(dates.locator("li").first).to_contain_text("Thursday 26 November 2071")
    expect(dates.get_by_role("checkbox")).to_have_count(0)

    page.locator("#id_recurrence_repeats_0").check()
    page.get_by_label("Extra dates").fill("")
    page.locator("#id_date").fill("2071-12-24")
    expect(dates).to_contain_text("Thursday 24 December 2071, 6pm to 7:30pm")
    expect(dates).to_contain_text("2 people are registered for 26 November 2071. Publishing")
    expect(page.locator("[data-forecast-status]")).to_contain_text("The next date is Thursday")

    page.locator("#id_ends").fill("20:00")
    order = page.locator("[data-forecast-panel=running_order]")
    expect(order).to_contain_text("6pm to 8pm is 120 minutes")


def test_the_rule_asks_only_what_applies(desk, series):
    page = desk()
    page.goto(f"/cms/pages/{series.pk}/edit/")
    rule = page.locator("fieldset.rule")
    controls = rule.locator("input:visible, select:visible, textarea:visible")
    # The last Thursday of every third month, on and on, with one extra date.
    expect(controls).to_have_count(5 + 1 + 3 + 2 + 3 + 2 + 1)
    rule.get_by_label("Weekly", exact=True).check()
    expect(controls).to_have_count(5 + 1 + 7 + 3 + 2 + 1)
    rule.get_by_label("On a date", exact=True).check()
    expect(rule.get_by_label("Last possible date")).to_be_visible()
    rule.get_by_label("No, it is on one date").check()
    expect(controls).to_have_count(5 + 1 + 1)
    rule.get_by_label("Another date").fill("2071-12-01")
    rule.get_by_role("button", name="Add this date").click()
    expect(rule.get_by_label("Extra dates")).to_have_value("26 November 2071\n1 December 2071")


def test_a_date_is_skipped_and_restored_beside_the_forecast(desk, series):
    page = desk()
    page.goto(f"/cms/pages/{series.pk}/edit/")
    dates = page.locator("[data-forecast-panel=dates]")
    dates.get_by_role("button", name="Leave out Thursday 25 February 2072").click()
    put_back = dates.get_by_role("button", name="Put back Thursday 25 February 2072")
    expect(put_back).to_be_focused()
    expect(page.get_by_label("Dates to leave out")).to_have_value("25 February 2072")
    assert_desk_accessible(page, "[data-forecast-url]")
    put_back.click()
    expect(dates.get_by_role("button", name="Leave out Thursday 25 February 2072")).to_be_focused()
    expect(page.get_by_label("Dates to leave out")).to_have_value("")


def test_a_venue_is_added_where_it_is_chosen(desk, series):
    page = desk()
    page.goto(f"/cms/pages/add/prevent_events/eventpage/{series.get_parent().pk}/")
    page.get_by_role("button", name="Choose venue").click()
    modal = page.locator(".modal.in")
    modal.get_by_role("tab", name="New venue").click()
    modal.get_by_label("Name").fill("The Old School")
    modal.get_by_label("Address").fill("1 School Lane\nAylesbury")
    modal.get_by_label("Postcode").fill("HP19")
    modal.locator("#tab-create [type=submit]").click()
    expect(modal).to_contain_text("Enter a full UK postcode, like HP19 8FF")
    modal.get_by_label("Postcode").fill("hp198ff")
    modal.locator("#tab-create [type=submit]").click()
    expect(page.locator("[data-contentpath=venue]")).to_contain_text("The Old School")
    assert Venue.objects.get(name="The Old School").postcode == "HP19 8FF"


WATCHED = "document.addEventListener('w-unsaved:watch-edits', () => { window.watched = true; })"


def test_a_new_page_has_no_errors_and_its_panels_follow_it_once_saved(desk, series, settings):
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 500
    page = desk()
    page.add_init_script(WATCHED)
    page.goto(f"/cms/pages/add/prevent_events/eventpage/{series.get_parent().pk}/")
    checklist = page.locator("[data-checklist-url]")
    expect(checklist).to_contain_text("Correct before publishing:")
    expect(page.locator(".w-tabs__errors:visible")).to_have_count(0)

    checklist.get_by_role("link", name="Choose who organises").click()
    expect(page.locator("[data-contentpath=organiser] button:visible").first).to_be_focused()
    checklist.get_by_role("link", name="Enter the first date").click()
    expect(page.locator("#id_date")).to_be_focused()
    page.locator("#id_date").fill("2071-12-24")

    # Wagtail takes whatever is there at first for the original state.
    page.wait_for_function("() => window.watched")
    with page.expect_request("**/checklist/*/") as asked:
        page.locator("#id_title").fill("A talk")
        page.locator("#id_summary").fill("Come and listen.")
        page.wait_for_url("**/edit/")
    made = EventPage.objects.get(title="A talk")
    assert asked.value.url.endswith(f"/checklist/{made.pk}/")
    expect(checklist).not_to_contain_text("slug")
    page.locator("#id_starts").fill("18:00")
    with page.expect_request(f"**/event-dates/{made.pk}/forecast/"):
        page.locator("#id_ends").fill("19:30")
    expect(page.locator("[data-forecast-panel=dates]")).to_contain_text(
        "24 December 2071", timeout=20_000
    )


def extra_dates(page: Page):
    return page.get_by_label("Extra dates")


def press_publish(page: Page) -> None:
    page.get_by_label("I have checked these").check()
    page.locator("footer [data-w-dropdown-target=toggle]").click()
    page.locator("[name=action-publish]").click()


def test_a_late_answer_of_the_checklist_leaves_the_box_ticked(desk, series):
    page = desk()
    page.goto(f"/cms/pages/{series.pk}/edit/")
    requests = []
    page.route("**/cms/checklist/**", lambda route: requests.append(route))
    with page.expect_request("**/cms/checklist/**"):
        page.locator("#id_title").fill("Community round table")
    box = page.get_by_label("I have checked these")
    box.check()
    # The tick is asked about as well, once the answer to the title is there.
    with page.expect_request(lambda request: "accepted_warnings=" in (request.post_data or "")):
        requests[0].continue_()
    page.unroute("**/cms/checklist/**")
    expect(box).to_be_checked()


def test_publishing_says_what_will_happen_and_keeps_what_was_typed(desk, series, row):
    page = desk()
    page.goto(f"/cms/pages/{series.pk}/edit/")
    page.locator("#id_date").fill("2071-12-01")
    page.get_by_label("Extra dates").fill("")
    page.get_by_text("You are asked first").wait_for()
    press_publish(page)
    page.get_by_role("heading", name="What will happen").wait_for()
    assert_desk_accessible(page, ".content")
    page.get_by_role("button", name="Publish nothing").click()
    expect(page.locator("#id_date")).to_have_value("2071-12-01")
    row.refresh_from_db()
    assert row.status == "scheduled"

    press_publish(page)
    page.get_by_label("Reason").fill("The hall is closed for repairs.")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("has been published").wait_for()
    row.refresh_from_db()
    assert (row.status, row.reason) == ("cancelled", "The hall is closed for repairs.")


def test_the_rule_is_changed_and_refused_in_the_editor(desk, series):
    page = desk()
    page.goto(f"/cms/pages/{series.pk}/edit/")
    rule = page.locator("fieldset.rule")
    rule.get_by_label("After a number of dates").check()
    rule.get_by_label("Number of dates", exact=True).fill("six")
    page.locator("footer .action-save").click()
    page.get_by_text("Enter the number of dates as a whole number").first.wait_for()
    expect(rule.get_by_label("Number of dates", exact=True)).to_have_value("six")

    rule.get_by_label("On a date", exact=True).check()
    rule.get_by_label("Last possible date").fill("2072-06-30")
    page.locator("footer .action-save").click()
    page.get_by_text("has been updated").wait_for()
    draft = EventPage.objects.get(pk=series.pk).get_latest_revision_as_object()
    assert draft.schedule.rule == "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH;UNTIL=20720630"
