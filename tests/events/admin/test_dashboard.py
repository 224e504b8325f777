"""The dashboard of an editor: what waits, drafts, the next dates with bookings, in this order."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_the_dashboard_begins_with_what_waits(desk, editor, series, row, expect):
    series.title = "A better title"
    series.save_revision(user=editor)
    series.get_workflow().start(series, editor)
    expect({row: 7})
    page = BeautifulSoup(desk.get(reverse("wagtailadmin_home")).content, "html.parser")
    headings = [" ".join(part.get_text().split()) for part in page.main("h2")]
    # After the summary of the site and the reader's own name.
    assert headings[2:] == [
        "Your pages and snippets in a workflow",
        "Your drafts",
        "Next dates",
        "New roundtable",
    ]
    assert page.select_one("#your-drafts-content a").get_text() == "A better title"
    first = page.select_one("#next-dates-content tbody tr")
    assert [" ".join(cell.get_text().split()) for cell in first("td")] == [
        row.when,
        series.get_parent().get_children().get().title,
        "Scheduled",
        "7",
    ]
