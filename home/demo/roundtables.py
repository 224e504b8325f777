"""The roundtables: one in May 2022, and a continuing series."""

from datetime import date, time, timedelta

from events.recurrence_values import recurrence_for

from . import OFFICE_HOURS, PUBLIC_ADDRESS, PUBLIC_PHONE, TEAM, contact, section

STARTS, ENDS = time(18), time(19, 30)
EVENT_OF_2022 = date(2022, 5, 26)
SERIES_SLUG = "prevent-community-roundtable"
QUARTERLY_RULE = "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH"
MONTHS = (2, 5, 8, 11)
THURSDAY = 3

MOVED_ONLINE = "The hall is being repaired that week, so we will meet by video call."
CANCELLED = "The speakers cannot come on this date. Choose another date."

VENUE = {
    "name": "Meadow Lane Community Hall",
    "address": "12 Meadow Lane\nExampleton\nBuckinghamshire",
    "postcode": "HP99 9ZZ",
    "getting_there": (
        "Buses stop at Meadow Lane, outside the door. Exampleton station is a 10 minute walk along "
        "lit pavements. There is a free car park behind the hall."
    ),
    "step_free": "yes",
    "accessible_toilet": "yes",
    "hearing_loop": "yes",
    "accessible_parking": "yes",
    "quiet_space": "ask",
    "accessibility_notes": (
        "The entrance is level and wide enough for a wheelchair. Two parking spaces for disabled "
        "drivers (Blue Badge holders) are next to it. Assistance dogs are welcome."
    ),
    "note": "This venue is made up. No such place exists.",
    "map_url": "https://www.openstreetmap.org/search?query=Buckinghamshire",
}
ORGANISER = {"team": TEAM, "inbox": "roundtables@council.example", "phone": PUBLIC_PHONE}
SPEAKERS = {
    "home_office": {
        "name": "A senior Home Office official",
        "role": "Prevent Strategy",
        "organisation": "Home Office",
    },
    "local": {
        "name": "A member of the local Prevent team",
        "role": "Prevent coordinator",
        "organisation": "Buckinghamshire Council",
    },
}
AUDIENCE = "Partners and members of the public"


def last_thursday(year: int, month: int) -> date:
    """Return the last Thursday of a month."""
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    last = first_of_next - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - THURSDAY) % 7)


def next_quarterly_date(today: date) -> date:
    """Return the first last Thursday of February, May, August or November after ``today``."""
    candidates = (
        last_thursday(year, month) for year in (today.year, today.year + 1) for month in MONTHS
    )
    return next(day for day in candidates if day > today)


def index_page(*, review_by: date) -> dict:
    """Return the fields of the page that lists the events."""
    return {
        "title": "Roundtables",
        "slug": "roundtables",
        "show_in_menus": True,
        "summary": (
            "Roundtables are free evenings about Prevent. Hear from the people who run it, ask "
            "your questions and find out what is happening locally."
        ),
        "content_owner": TEAM,
        "review_by": review_by,
        "body": [],
    }


def agenda(home_office, local) -> list[tuple[str, dict]]:
    """Return the running order for 6pm to 7:30pm, with the two speakers."""

    def item(starts: time, ends: time, title: str, text: str, *speakers) -> tuple[str, dict]:
        return "item", {
            "starts": starts,
            "ends": ends,
            "title": title,
            "text": f"<p>{text}</p>",
            "speakers": list(speakers),
        }

    return [
        ("time", {"mark": "doors", "starts": time(17, 45), "ends": None, "note": ""}),
        (
            "refreshments",
            {
                "starts": time(17, 45),
                "ends": None,
                "served": "Tea, coffee, soft drinks and light refreshments",
                "dietary": (
                    "Provided free. Vegetarian, vegan and halal food is labelled, and so are "
                    "allergens. Tell us about other needs when you book."
                ),
            },
        ),
        ("time", {"mark": "start", "starts": STARTS, "ends": None, "note": ""}),
        item(STARTS, time(18, 5), "Welcome", "What will happen this evening."),
        item(
            time(18, 5),
            time(18, 35),
            "The Prevent Strategy",
            "Senior Home Office officials explain the Prevent Strategy.",
            home_office,
        ),
        item(
            time(18, 35),
            time(18, 50),
            "What happens locally",
            "An update on what Buckinghamshire Council does locally under the Prevent Strategy.",
            local,
        ),
        (
            "time",
            {"mark": "break", "starts": time(18, 50), "ends": time(19), "note": ""},
        ),
        item(
            time(19),
            time(19, 30),
            "Your questions",
            "Ask the speakers out loud or write your question down.",
            home_office,
            local,
        ),
        ("time", {"mark": "close", "starts": ENDS, "ends": None, "note": ""}),
    ]


def event_body(*, made_up: str, invites: bool) -> list[tuple[str, object]]:
    """Return the text of an event's page, with a sentence on which parts are ``made_up``."""
    if invites:
        opening = (
            "<p>Hear senior Home Office officials speak about the Prevent Strategy. Ask them your "
            "questions, and find out what is happening locally. The evening is free. It is for "
            "partners and for members of the public.</p>"
        )
        booking = (
            "<p>Book a place with the form on this page. It registers your interest with the "
            "organiser’s inbox. It is not a referral.</p>"
        )
    else:
        opening = (
            "<p>Partners and members of the public came to hear senior Home Office officials speak "
            "about the Prevent Strategy. They asked their questions. They found out what was "
            "going on locally.</p>"
        )
        booking = (
            "<p>People could register their interest with the organiser’s inbox. The evening is "
            "now over, so you can no longer book.</p>"
        )
    return [
        section("About this evening"),
        ("prose", opening),
        section("How to book" if invites else "Booking"),
        ("prose", booking),
        ("inset", f"<p>{made_up}</p>"),
        contact(TEAM, PUBLIC_ADDRESS, phone=PUBLIC_PHONE, hours=OFFICE_HOURS, heading="Contact us"),
    ]


def past_event() -> dict:
    """Return the fields of the roundtable of 26 May 2022, without venue, agenda and people."""
    return {
        "title": "Prevent Community Roundtable, May 2022",
        "slug": "prevent-community-roundtable-may-2022",
        "picture": "hall",
        "summary": (
            "An evening in May 2022. Senior Home Office officials spoke about the Prevent "
            "Strategy, and we heard what Buckinghamshire Council does locally."
        ),
        "audience": AUDIENCE,
        "date": EVENT_OF_2022,
        "starts": STARTS,
        "ends": ENDS,
        "body": event_body(
            made_up=(
                "This roundtable took place on 26 May 2022. We made up the hall and the times of "
                "the running order for this demonstration."
            ),
            invites=False,
        ),
    }


def series(*, today: date) -> dict:
    """Return the fields of the series, whose first date comes after ``today``."""
    first = next_quarterly_date(today)
    return {
        "title": "Prevent Community Roundtable",
        "slug": SERIES_SLUG,
        "picture": "round table",
        "summary": (
            "Meet senior Home Office officials, ask about the Prevent Strategy, and hear what "
            "Buckinghamshire Council does locally. Book a free place. On the last Thursday of "
            "every third month."
        ),
        "audience": AUDIENCE,
        "date": first,
        "starts": STARTS,
        "ends": ENDS,
        "recurrence": recurrence_for(QUARTERLY_RULE, first=first),
        "joining_link": "https://meet.council.example/roundtable",
        "body": event_body(
            made_up="We made up the dates, the hall and the running order.",
            invites=True,
        ),
    }


def registration_page(*, privacy_page) -> dict:
    """Return the fields of a registration page, without its questions."""
    return {
        "title": "Book a place",
        "slug": "register",
        "introduction": (
            "<p>Tell us who is coming and what you need. It takes about 3 minutes. You can bring "
            "up to 2 guests.</p>"
        ),
        "privacy_text": (
            "<p>We use your answers to run this roundtable. The organiser "
            "gets your name, your email address and the answers they need. Access and dietary "
            "needs are encrypted and never emailed. Only the safeguarding leads see them. "
            "The organiser gets numbers of needs that several people share.</p>"
            "<p>We delete access and dietary needs 7 days after the roundtable, and everything "
            "else 30 days after it. You can delete it sooner with the link in our email. Read "
            f'<a linktype="page" id="{privacy_page.pk}">how we handle personal information</a>.'
            "</p>"
        ),
        "confirmation_text": (
            "<p>If your plans change, use the link in our email to change or cancel your booking, "
            "so that someone else can come.</p>"
        ),
        "after_text": "Booking is closed. Look for another roundtable below.",
        "capacity": 40,
        "max_guests": 2,
        "retention_days": 30,
    }


# Besides the access and dietary needs on every form. None is required, because the event can go
# ahead without the answers.
QUESTIONS = [
    {
        "label": "I am coming as",
        "field_type": "radio",
        "choices": "A member of the public\nSomeone from a partner organisation",
        "in_organiser_email": True,
    },
    {
        "label": "A question for the speakers",
        "help_text": "Do not name anyone in your question",
        "field_type": "multiline",
        "in_organiser_email": True,
    },
]
