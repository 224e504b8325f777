"""The home page and the Prevent information page."""

from datetime import date

TEAM = "Community safety team"
PUBLIC_ADDRESS = "prevent@council.example"
PUBLIC_PHONE = "01632 960 001"
OFFICE_HOURS = "Monday to Friday, 9am to 5pm"

CONCERN_TEAM = {
    "team_name": "Prevent team",
    "team_email": PUBLIC_ADDRESS,
    "team_phone": PUBLIC_PHONE,
    "team_hours": OFFICE_HOURS,
}


def section(text: str) -> tuple[str, dict]:
    """Return a section heading, which the page's contents list links to."""
    return "heading", {"text": text, "level": "h2"}


def home_page() -> dict:
    """Return the fields of the home page, which links to the pages in its menu by itself."""
    return {
        "title": "Prevent and community roundtables",
        "summary": (
            "How we safeguard people who are vulnerable to being drawn into terrorism, and when "
            "you can meet the people who do that work."
        ),
        "content_owner": TEAM,
        "body": [
            (
                "prose",
                "<p>Anyone can come to a roundtable, ask questions and hear what is happening "
                "locally. You do not need an account, and you do not need to know anything "
                "about Prevent beforehand.</p>",
            ),
            ("concern_routes", {"heading": "If you are worried about someone"}),
        ],
        "upcoming_dates": 3,
    }


def prevent_page(*, review_by: date) -> dict:
    """Return the fields of the Prevent information page."""
    return {
        "title": "Prevent",
        "slug": "prevent",
        "show_in_menus": True,
        "summary": (
            "Prevent safeguards and supports people who are vulnerable to being drawn into "
            "terrorism. Read what it is for, what happens in Buckinghamshire, and whom to tell "
            "if you are worried about someone."
        ),
        "content_owner": TEAM,
        "review_by": review_by,
        "body": [
            section("What Prevent is for"),
            (
                "prose",
                "<p>Some people are vulnerable to being drawn into terrorism. Prevent safeguards "
                "and supports them, so that they do not become terrorists and do not support "
                "terrorism.</p>"
                "<p>It also works with people who are already involved: it supports their "
                "disengagement and their rehabilitation.</p>"
                "<p>If you know how people are protected from gangs, county lines or child "
                "sexual exploitation, much of this will be familiar. Prevent works in a similar "
                "way.</p>",
            ),
            ("inset", "<p>Prevent is safeguarding. Asking for advice does not accuse anybody.</p>"),
            section("Three objectives"),
            (
                "objectives",
                [
                    {
                        "title": "Tackle the causes of radicalisation",
                        "text": "<p>Respond to what radicalises people, and answer the "
                        "ideological challenge of terrorism.</p>",
                    },
                    {
                        "title": "Safeguard and support those most at risk",
                        "text": "<p>Step in early: early intervention means identifying the people "
                        "most at risk of radicalisation and offering them support.</p>",
                    },
                    {
                        "title": "Help people to disengage and rehabilitate",
                        "text": "<p>Enable those who have already engaged in terrorism to leave it "
                        "behind and rebuild their lives.</p>",
                    },
                ],
            ),
            section("What success looks like"),
            (
                "prose",
                "<p>Prevent succeeds when:</p><ul>"
                "<li>the response to the causes of radicalisation is stronger, in communities and "
                "online</li>"
                "<li>people at risk have support that lasts</li></ul>",
            ),
            section("Prevent in Buckinghamshire"),
            (
                "prose",
                "<p>In Buckinghamshire, a small number of people are vulnerable to being drawn "
                "into terrorist-related activity. The aim is to reach them and to support "
                "them.</p>"
                "<p>Support is also there for people without a clear ideology who could be drawn "
                "into extreme acts of violence.</p>",
            ),
            ("concern_routes", {"heading": "If you are worried about someone"}),
            (
                "details",
                {
                    "summary": "What happens when I tell somebody?",
                    "text": "<p>You talk to a trained person about what you have seen or heard, "
                    "and why it worries you. You can ask for advice without giving a name.</p>"
                    "<p>Help is offered early and the person decides whether to take it.</p>",
                },
            ),
            ("upcoming_roundtables", {"heading": "Come to a roundtable", "limit": 3}),
            (
                "details",
                {
                    "summary": "Is registering for a roundtable a referral?",
                    "text": "<p>No. Registering for a roundtable tells us who is coming and what "
                    "they need. It is not a referral, of yourself or of anyone else.</p>",
                },
            ),
            (
                "contact",
                {
                    "team": TEAM,
                    "email": PUBLIC_ADDRESS,
                    "phone": PUBLIC_PHONE,
                    "address": "",
                    "hours": OFFICE_HOURS,
                },
            ),
        ],
    }
