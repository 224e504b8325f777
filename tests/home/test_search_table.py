"""Forty queries as people type them, and the first result on the demo site.

The same table holds on SQLite and on PostgreSQL.
"""

import pytest
from bs4 import BeautifulSoup

SERIES = "/prevent/roundtables/prevent-community-roundtable/"
LIST = "/prevent/roundtables/"
PREVENT, HELP, ABOUT = "/prevent/", "/prevent/get-help/", "/about/"
# The first date or page found; the demo's dates are those after 2 November 2026.
QUERIES = {
    "report a concern": HELP,
    "refer": HELP,
    "refer someone": HELP,
    "make a referral": HELP,
    "I am worried about my friend": HELP,
    "worried about someone": HELP,
    "radicalised": PREVENT,
    "extremism": HELP,
    "channel": HELP,
    "what is prevent": PREVENT,
    "prevent": PREVENT,
    "terrorism": PREVENT,
    "county lines": PREVENT,
    "signs of radicalisation": PREVENT,
    "prevent duty training": PREVENT,
    "meeting": SERIES,
    "meetings": SERIES,
    "roundtable": LIST,
    "next roundtable": SERIES,
    "events": LIST,
    "home office": SERIES,
    "register": SERIES,
    "book a place": SERIES,
    "parking": SERIES,
    "car park": SERIES,
    "disabled access": SERIES,
    "wheelchair": SERIES,
    "hearing loop": SERIES,
    "halal food": SERIES,
    "meadow lane": SERIES,
    "roundtabel": LIST,
    "february": f"{SERIES}?date=2027-02-25",
    "25 Feb": f"{SERIES}?date=2027-02-25",
    "25 February": f"{SERIES}?date=2027-02-25",
    "november": f"{SERIES}?date=2026-11-26",
    "may 2022": "/prevent/roundtables/prevent-community-roundtable-may-2022/?date=2022-05-26",
    "april": f"{SERIES}?date=2026-11-26",
    "online": f"{SERIES}?date=2027-02-25",
    "cancel my booking": ABOUT,
    "change booking": ABOUT,
    "complain": "/privacy/",
    "accessibility": "/accessibility/",
    "cookies": "/cookies/",
}
LEAST_RIGHT = 38


@pytest.fixture
def first_result(client, demo):
    def ask(query):
        page = BeautifulSoup(client.get("/search/", {"query": query}).content, "html.parser")
        links = page.select("main .app-page-list__title a, main .app-event-card__title a")
        if not links:
            links = page.select("main form ~ p a")
        return links[0]["href"] if links else ""

    return ask


def test_people_find_what_they_look_for(first_result):
    asked = {query: (first_result(query), wanted) for query, wanted in QUERIES.items()}
    # A date of the event counts as much as its page.
    wrong = {
        query: pair
        for query, pair in asked.items()
        if pair[0] != pair[1] and pair[0].partition("?")[0] != pair[1]
    }
    assert len(QUERIES) >= 40
    assert len(QUERIES) - len(wrong) >= LEAST_RIGHT, wrong
