"""The home page, the Prevent page, the help page and the page about this site."""

from datetime import date

from . import (
    CONTACT,
    COUNCIL,
    OFFICE_HOURS,
    PUBLIC_ADDRESS,
    PUBLIC_PHONE,
    SERVICE,
    TEAM,
    contact,
    listed,
    section,
)

HOTLINE_FORM = "https://www.gov.uk/report-terrorism"
DUTY_GUIDANCE = "https://www.gov.uk/government/publications/prevent-duty-guidance"
TRAINING = "https://www.support-people-vulnerable-to-radicalisation.service.gov.uk/"
REFERRAL_FORM = "https://www.council.example/prevent-referral"

CONCERN_TEAM = {
    "team_name": "Prevent team",
    "team_email": PUBLIC_ADDRESS,
    "team_phone": PUBLIC_PHONE,
    "team_hours": OFFICE_HOURS,
}
SITE = {
    "council_name": COUNCIL,
    "service_name": SERVICE,
    "contact_email": PUBLIC_ADDRESS,
    "contact_phone": PUBLIC_PHONE,
    "contact_hours": OFFICE_HOURS,
}
SIGNS = [
    "spending more and more time with a closed group, online or in person",
    "pulling away from family and old friends",
    "talking as if one group of people is to blame for everything",
    "saying that violence is the only answer",
    "keeping what they read and watch a secret",
    "changing how they dress, speak or spend money without saying why",
]
STEPS = [
    {
        "title": "You tell us what worries you",
        "text": "<p>You talk to someone who is trained to listen. You can ask for advice without "
        "giving a name, yours or theirs.</p>",
    },
    {
        "title": "We look at it with care",
        "text": "<p>Most worries turn out to need a different kind of help, or none. We do not "
        "pass on more than we have to.</p>",
    },
    {
        "title": "A Channel panel may meet",
        "text": "<p>Channel is a group of people from health, schools, the police and the council. "
        "They plan support for one person, such as a mentor, or help with work or housing.</p>",
    },
    {
        "title": "The person decides",
        "text": "<p>Channel is voluntary. The person can say no. Taking part does not give anyone "
        "a criminal record.</p>",
    },
]


def home_page() -> dict:
    """Return the fields of the home page, which links to the pages in its menu automatically."""
    return {
        "title": "Keeping people safe from radicalisation",
        "summary": (
            "Find out what Prevent is, get help if you are worried about someone, and book a place "
            "at our next roundtable."
        ),
        "content_owner": TEAM,
        "body": [
            (
                "prose",
                "<p>Anyone can come to a roundtable. You can ask questions and hear what is "
                "happening near you. You do not need to know anything about Prevent.</p>",
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
            "terrorism. Find out how it works and who to talk to if you are worried."
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
                "<p>It also works with people who are already involved. It supports their "
                "disengagement and their rehabilitation.</p>"
                "<p>Prevent works much like the help there is for people at risk from gangs, "
                "county lines or child sexual exploitation.</p>",
            ),
            (
                "inset",
                "<p>Prevent is there to keep people safe. Asking for advice is not an "
                "accusation.</p>",
            ),
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
                        "text": "<p>Step in early. Early intervention means identifying the people "
                        "most at risk and offering them support.</p>",
                    },
                    {
                        "title": "Help people to disengage and rehabilitate",
                        "text": "<p>Help those who have already engaged in terrorism to leave it "
                        "behind and rebuild their lives.</p>",
                    },
                ],
            ),
            section("What success looks like"),
            (
                "prose",
                "<p>Prevent works when:</p>"
                + listed(
                    "the response to the causes of radicalisation is stronger, in communities and "
                    "online",
                    "people at risk have support that lasts",
                ),
            ),
            section("Prevent in Buckinghamshire"),
            (
                "prose",
                "<p>In Buckinghamshire, a small number of people are vulnerable to being drawn "
                "into terrorist-related activity. We aim to reach them and to support them.</p>"
                "<p>There is also support for people without a clear ideology who could be drawn "
                "into extreme acts of violence.</p>",
            ),
            (
                "signs",
                {
                    "heading": "Signs to look for",
                    "introduction": "<p>There is no checklist for extremism. But someone may "
                    "need help if they are:</p>",
                    "signs": SIGNS,
                    "note": "<p>One sign alone tells you little. Trust what you know about the "
                    "person.</p>",
                },
            ),
            (
                "reporting_steps",
                {"heading": "What happens when you report a concern", "steps": STEPS},
            ),
            ("concern_routes", {"heading": "If you are worried about someone"}),
            ("upcoming_roundtables", {"heading": "Come to a roundtable", "limit": 3}),
            (
                "details",
                {
                    "summary": "Is booking a place at a roundtable a referral?",
                    "text": "<p>No. Your booking tells us who is coming and what they need. It is "
                    "not a referral, of you or of anyone else. We do not profile anyone for "
                    "coming.</p>",
                },
            ),
            (
                "professionals",
                {
                    "heading": "For professionals",
                    "text": "<p>If you work with children or adults at risk, talk to your own "
                    "safeguarding lead first.</p>",
                    "links": [
                        {"text": "Prevent duty guidance on GOV.UK", "url": DUTY_GUIDANCE},
                        {"text": "Free Prevent training", "url": TRAINING},
                    ],
                },
            ),
            contact(
                TEAM,
                PUBLIC_ADDRESS,
                phone=PUBLIC_PHONE,
                hours=OFFICE_HOURS,
                heading="Contact us",
            ),
        ],
    }


def help_page(*, review_by: date) -> dict:
    """Return the fields of the help page, for people who are worried about someone."""
    return {
        "title": "Get help",
        "slug": "get-help",
        "show_in_menus": True,
        "exit_this_page": True,
        "summary": (
            "Who to contact if you are worried that someone is being drawn into extremism, and "
            "what happens when you report a concern."
        ),
        "search_description": "Report a concern, make a referral or ask for advice about someone.",
        "content_owner": TEAM,
        "review_by": review_by,
        "body": [
            ("concern_routes", {"heading": "Report a concern"}),
            section("Talk to someone first"),
            (
                "prose",
                "<p>You know the person best. If it is safe, ask how they are and listen.</p>"
                "<p>You do not have to be sure. Call our Prevent team or the Act Early support "
                "line and talk it through. You can ask for advice without giving a name.</p>",
            ),
            ("reporting_steps", {"heading": "What happens next", "steps": STEPS}),
            (
                "referral_form",
                {
                    "heading": "Refer someone to Prevent",
                    "text": "<p>If you work for a school, a health service or a charity, use the "
                    "referral form. Ask the person first if you safely can.</p>",
                    "link_text": "Go to the referral form",
                    "url": REFERRAL_FORM,
                },
            ),
            (
                "report_online",
                {
                    "heading": "Report something you saw online",
                    "text": "<p>Tell the police about websites, posts, pictures or videos that "
                    "promote terrorism. You do not have to give your name.</p>",
                },
            ),
            section("If it is about you"),
            (
                "prose",
                "<p>You can ask for help for yourself. Call Act Early, or write to our Prevent "
                "team. No one will judge you for asking.</p>",
            ),
            CONTACT,
        ],
    }


def about_page(*, review_by: date, lost_link: str) -> dict:
    """Return the fields of the page about the roundtables, bookings and this site."""
    return {
        "title": "About",
        "slug": "about",
        "show_in_menus": True,
        "summary": (
            "Who runs the roundtables, how to change or cancel your booking, and where the words "
            "on this website come from."
        ),
        "content_owner": TEAM,
        "review_by": review_by,
        "body": [
            section("Who we are"),
            (
                "prose",
                f"<p>The community safety team at {COUNCIL} runs this website and the roundtables. "
                "We work with Buckinghamshire Council, the police, schools and local groups.</p>",
            ),
            section("Book a place"),
            (
                "prose",
                "<p>Open a roundtable and choose “Book a place”. You do not need an account. "
                "You can bring up to 2 guests. If a date is full, you can join the waiting list."
                "</p>",
            ),
            section("Change or cancel your booking"),
            (
                "prose",
                "<p>Use the link in our email to see, change or cancel your booking. If you have "
                f'lost the email, <a href="{lost_link}">ask for a new link to your booking</a>.'
                "</p>",
            ),
            section("Access and parking"),
            (
                "prose",
                "<p>Each roundtable’s page says how to get there, where to park, and what there is "
                "for disabled people. Tell us what you need when you book.</p>",
            ),
            section("About this website"),
            (
                "prose",
                "<p>This is a demonstration. Exampleton, its council and its hall do not exist. "
                "What we say about Prevent and about the roundtable of May 2022 comes from a page "
                "that Buckinghamshire Council published.</p>"
                "<p>We drew the pictures ourselves. You can use them under this website’s "
                "licence.</p>",
            ),
            CONTACT,
        ],
    }
