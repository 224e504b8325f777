"""The text and pictures of the demo site. ``load_demo`` saves them in the database.

The facts come from a published page about a Prevent Community Roundtable in Buckinghamshire. The
wording, the council, the venue, the addresses and the phone numbers are made up (RFC 2606 reserves
``.example``, and Ofcom reserves the 01632 960 numbers for drama).
"""

COUNCIL = "Exampleton Council"
SERVICE = "Prevent and community roundtables"
TEAM = "Community safety team"
PUBLIC_ADDRESS = "prevent@council.example"
PUBLIC_PHONE = "01632 960 001"
OFFICE_HOURS = "Monday to Friday, 9am to 5pm"
DISCLAIMER = "This is a demonstration. Exampleton and its council are made up."


def section(text: str) -> tuple[str, dict]:
    """Return a section heading, which the page's contents list links to."""
    return "heading", {"text": text, "level": "h2"}


def listed(*items: str) -> str:
    """Return ``items``, which may hold inline markup, as a bulleted list."""
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def contact(team: str, email: str, *, phone: str = "", hours: str = "", heading: str = "") -> tuple:
    """Return a block with the contact details of ``team``, with ``heading`` if given."""
    return "contact", {
        "heading": heading,
        "team": team,
        "email": email,
        "phone": phone,
        "address": "",
        "hours": hours,
    }


CONTACT = contact(TEAM, PUBLIC_ADDRESS, phone=PUBLIC_PHONE, hours=OFFICE_HOURS)
