"""The accessibility statement, the cookies page and the privacy page of this site.

The statement follows the UK government's model accessibility statement for public sector bodies;
the cookies are Django's own for sessions and CSRF protection.
"""

from datetime import date

from . import CONTACT, TEAM, contact, listed, section

DATA_PROTECTION_TEAM = "Data protection officer"
DATA_PROTECTION_CONTACT = contact(DATA_PROTECTION_TEAM, "data.protection@council.example")
COMPLAINT = "/registration/complaint/"
PREPARED_ON = "23 November 2026"


def accessibility_page(*, review_by: date) -> dict:
    """Return the fields of the accessibility statement."""
    return {
        "title": "Accessibility statement",
        "slug": "accessibility",
        "summary": "How accessible this website is, and what to do if you cannot use part of it.",
        "content_owner": TEAM,
        "review_by": review_by,
        "body": [
            (
                "prose",
                "<p>This statement is about this website: the pages about Prevent, the "
                "roundtables and the booking forms.</p>"
                "<p>We want as many people as possible to be able to use it. You should be able "
                "to:</p>"
                + listed(
                    "zoom in up to 400% without the text spilling off the screen",
                    "use every page, and book a place, with just a keyboard",
                    "use every page, and book a place, with a screen reader",
                    "use every page, and book a place, with JavaScript switched off",
                    "change colours and contrast in your browser or device",
                )
                + "<p>If you have a disability, AbilityNet has advice on making your device "
                'easier to use: <a href="https://mcmw.abilitynet.org.uk/">My Computer My Way</a>.'
                "</p>",
            ),
            section("How accessible this website is"),
            (
                "prose",
                "<p>We built the website with the GOV.UK Design System. Automated tests check its "
                "pages each time it changes.</p>"
                "<p>We do not know of any part that is not accessible. No one independent has "
                "audited the website yet, so there may be problems we have not found.</p>",
            ),
            section("Feedback and contact information"),
            (
                "prose",
                "<p>Email or call us if you need this information in another format, such as "
                "large print, easy read, audio or braille, or if you want to book without the "
                "form.</p>",
            ),
            CONTACT,
            section("Reporting accessibility problems with this website"),
            (
                "prose",
                "<p>If you find a problem that is not listed on this page, or think we are not "
                "meeting the accessibility rules, tell the same team. Say which page it is on and "
                "what you use to read it.</p>",
            ),
            section("Enforcement procedure"),
            (
                "prose",
                "<p>The Equality and Human Rights Commission (EHRC) enforces the Public Sector "
                "Bodies (Websites and Mobile Applications) (No. 2) Accessibility Regulations "
                "2018. If you are not happy with how we respond to your complaint, contact the "
                '<a href="https://www.equalityadvisoryservice.com/">Equality Advisory and Support '
                "Service</a> (EASS).</p>",
            ),
            section("Technical information about this website’s accessibility"),
            (
                "prose",
                "<p>The council is committed to making its website accessible, in line with those "
                "regulations.</p>",
            ),
            ("heading", {"text": "Compliance status", "level": "h3"}),
            (
                "prose",
                "<p>We built this website to meet the Web Content Accessibility Guidelines version "
                '2.2, AA standard (<a href="https://www.w3.org/TR/WCAG22/">WCAG 2.2 AA</a>). '
                "Until it has been audited we call it partially compliant.</p>",
            ),
            section("What we are doing to improve accessibility"),
            (
                "prose",
                "<p>We test every change. We ask people at roundtables what was hard to use. We "
                "review this statement at least once a year.</p>",
            ),
            section("Preparation of this accessibility statement"),
            (
                "prose",
                f"<p>We prepared this statement on {PREPARED_ON}. It is based on our own tests: "
                "automated checks with axe, and booking a place with just a keyboard.</p>",
            ),
        ],
    }


def cookies_page(*, review_by: date) -> dict:
    """Return the fields of the cookies page."""
    return {
        "title": "Cookies",
        "slug": "cookies",
        "summary": ("This website sets no cookies when you read it or book a place."),
        "content_owner": TEAM,
        "review_by": review_by,
        "body": [
            (
                "prose",
                "<p>Cookies are small files that a website saves on your phone, tablet or "
                "computer.</p>"
                "<p>We do not measure, track or profile anyone. There are no analytics and no "
                "advertising, and no page loads anything from another company. Because only "
                "staff who sign in get cookies, we do not ask you to accept any.</p>",
            ),
            section("When you read or book"),
            (
                "prose",
                "<p>This website sets no cookies when you read it, add dates to a calendar, book "
                "a place or send us a form.</p>",
            ),
            section("When staff sign in"),
            (
                "prose",
                "<p>People who edit this website or look after bookings sign in. That sets these "
                "cookies:</p>",
            ),
            ("privacy_fact", {"fact": "staff_cookies"}),
        ],
    }


def privacy_page(*, review_by: date) -> dict:
    """Return the fields of the privacy page.

    Figures and anything that depends on a setting are ``privacy_fact`` blocks, filled in when the
    page is shown.
    """
    return {
        "title": "Privacy",
        "slug": "privacy",
        "summary": (
            "What we store when you book a place at a roundtable, who sees it, when we delete it, "
            "and what rights you have."
        ),
        "content_owner": DATA_PROTECTION_TEAM,
        "review_by": review_by,
        "body": [
            (
                "prose",
                "<p>You can read this website without telling us anything about yourself. We store "
                "personal information only if you book a place, send us a complaint or answer a "
                "question about a page.</p>",
            ),
            (
                "inset",
                "<p>Booking a place at a roundtable is not a referral to Prevent. The website does "
                "not scan your answers or score you.</p>",
            ),
            ("privacy_fact", {"fact": "flagging"}),
            section("Who is responsible"),
            (
                "prose",
                "<p>The council is the controller of your personal information. That means we "
                "decide what is collected and why, and we answer for it. Our data protection "
                "officer advises us and answers your questions.</p>",
            ),
            DATA_PROTECTION_CONTACT,
            section("What we store"),
            (
                "prose",
                listed(
                    "your name and email address",
                    "the date you book, and how many guests you bring",
                    "your answers to the questions on the form",
                    "your access and dietary needs, if you choose to tell us",
                    "whether you came",
                    "what staff decided about your booking, and their notes",
                ),
            ),
            section("What we use it for"),
            (
                "prose",
                listed(
                    "to plan the event, email you about it and welcome you",
                    "to arrange access and catering",
                    "to safeguard people, if something you write makes us worried about someone’s "
                    "safety",
                    "to count how many people come",
                    "to reply when you use your rights or make a complaint",
                ),
            ),
            section("Our lawful basis"),
            (
                "prose",
                "<p>Running events for the community, and safeguarding, are tasks we do in the "
                "public interest (UK GDPR, Article 6(1)(e); Counter-Terrorism and Security Act "
                "2015, section 26). Answering complaints is a legal obligation (Article "
                "6(1)(c)).</p>"
                "<p>Access and dietary needs can say something about your health or your beliefs. "
                "We store those only with your explicit consent (Article 9(2)(a)). You can "
                "withdraw it at any time by deleting the answer. If we have to act on a concern "
                "about someone’s safety, we rely on Article 9(2)(g), substantial public "
                "interest.</p>",
            ),
            section("Who sees it"),
            (
                "prose",
                listed(
                    "The council’s safeguarding leads can see bookings. The website records each "
                    "time they look.",
                    "The organiser of the event gets your name, your email address and the "
                    "answers they need, by email. They also see the door list.",
                    "Our data protection team sees your information when you use your rights.",
                    "Access and dietary needs are encrypted, and your answers are never sent by "
                    "email. The organiser gets numbers of needs that at least 5 bookings share.",
                    "The people who edit this website cannot see who has booked.",
                )
                + "<p>Two companies process information for us under contract: one hosts the "
                "website and its backups, the other delivers our email. We do not send "
                "information outside the United Kingdom. We do not sell it, and we do not pass it "
                "to anyone else unless the law says we must, or someone is in danger.</p>",
            ),
            section("How long we store it"),
            ("privacy_fact", {"fact": "retention"}),
            (
                "prose",
                "<p>If the date of the event moves, these days move with it, and we tell you. "
                "After that we store only figures: how many people booked, came or cancelled, and "
                "in which months they booked.</p>",
            ),
            section("Your rights"),
            (
                "prose",
                "<p>The email we send you has a link to your booking. Use it to see what you told "
                "us, change it, cancel your place, or delete everything at once.</p>"
                "<p>You can also ask the data protection officer to:</p>"
                + listed(
                    "give you a copy of what we store about you",
                    "correct it",
                    "delete it",
                    "restrict how we use it",
                    "stop using it, because you object",
                )
                + "<p>You do not have to give a reason, and it is free. We answer within one "
                "month. We do not make decisions about you by computer alone.</p>",
            ),
            section("If you want to complain"),
            (
                "prose",
                f'<p><a href="{COMPLAINT}">Send us your complaint with our form</a>, or write to '
                "the data protection officer. We will send you a reference.</p>",
            ),
            ("privacy_fact", {"fact": "answers"}),
            (
                "prose",
                "<p>If you are not happy with our answer, or want independent advice, you can "
                'complain to the <a href="https://ico.org.uk/make-a-complaint/">Information '
                "Commissioner’s Office (ICO)</a>, Wycliffe House, Water Lane, Wilmslow, Cheshire "
                "SK9 5AF, telephone 0303 123 1113.</p>",
            ),
        ],
    }
