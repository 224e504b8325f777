"""Example answers for the OpenAPI document."""

SITE = "https://www.council.example"
UUID = "0b6f1d0e-6f0c-5d0b-9a51-2f8f6b8c1a77"

EVENT_LINK = {
    "id": 12,
    "locale": "en-gb",
    "title": "Community roundtable",
    "summary": "Hear, ask and find out what happens locally.",
    "url": f"{SITE}/prevent/roundtables/community-roundtable/",
    "detail_url": f"{SITE}/api/events/12/",
}
VENUE = {
    "name": "The Old Library",
    "address": ["1 High Street", "Exampleton"],
    "postcode": "HP19 9ZZ",
    "map_url": "",
    "latitude": None,
    "longitude": None,
    "getting_there": "Five minutes from the station.",
    "accessibility": [{"name": "step_free", "label": "Step-free access", "provision": "yes"}],
    "accessibility_notes": "",
    "note": "This venue is made up.",
}
OCCURRENCE = {
    "id": UUID,
    "event": EVENT_LINK,
    "date": "2027-05-27",
    "starts_at": "2027-05-27T18:00:00+01:00",
    "ends_at": "2027-05-27T19:30:00+01:00",
    "time_zone": "Europe/London",
    "previous_starts_at": None,
    "status": "scheduled",
    "reason": "",
    "attendance_mode": "in_person",
    "venue": VENUE,
    "sequence": 0,
    "changed_at": "2026-11-02T12:00:00+00:00",
    "url": f"{EVENT_LINK['url']}?date=2027-05-27",
    "detail_url": f"{SITE}/api/occurrences/{UUID}/",
    "ics_url": f"{SITE}/calendar/occurrences/{UUID}.ics",
}
CURSOR = "MTgxMTI2ODAwMDAwMDAwMC40Mg"
OCCURRENCE_LIST = {
    "items": [OCCURRENCE],
    "next_cursor": CURSOR,
    "next": f"{SITE}/api/occurrences/?limit=1&cursor={CURSOR}",
}
EVENT_LIST = {"items": [EVENT_LINK], "next_cursor": None, "next": None}
AGENDA = [
    {
        "type": "refreshments",
        "label": "Tea and coffee",
        "place_bound": True,
        "id": "7c1f4d0e-4f7e-4d0a-8a53-1b1f6b8c1a11",
        "value": {
            "starts": "17:45",
            "ends": "18:00",
            "served": "Tea and coffee",
            "dietary": "Vegan milk is provided.",
        },
    }
]
OCCURRENCE_DETAIL = OCCURRENCE | {"agenda": AGENDA}
EVENT = EVENT_LINK | {
    "audience": "Residents and partners",
    "attendance_mode": "in_person",
    "venue": VENUE,
    "organiser": {"team": "Community safety", "phone": "01632 960 001"},
    "speakers": [{"name": "A. Speaker", "role": "Official", "organisation": "Home Office"}],
    "schedule": {
        "first_date": "2026-11-26",
        "starts": "18:00",
        "ends": "19:30",
        "time_zone": "Europe/London",
        "rule": "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1TH",
        "in_words": "every third month on the last Thursday",
    },
    "agenda": AGENDA,
    "body": [],
    "next_occurrence": OCCURRENCE,
    "occurrences_url": f"{SITE}/api/occurrences/?event=12",
    "calendar": {
        "ics_url": f"{SITE}/calendar/events/12.ics",
        "webcal_url": "webcal://www.council.example/calendar/events/12.ics",
    },
    "registration": {"form_url": f"{SITE}/api/registration-forms/13/"},
    "changes": [
        {
            "occurrence": UUID,
            "at": "2026-11-02T12:00:00+00:00",
            "action": "cancelled",
            "sentence": "Thursday 25 February 2027: cancelled",
            "reason": "The hall is flooded.",
        }
    ],
    "search": {
        "title": "Community roundtable",
        "description": "Hear, ask and find out what happens locally.",
        "canonical_url": EVENT_LINK["url"],
        "open_graph": {"og:type": "website", "og:title": "Community roundtable"},
    },
    "first_published_at": "2026-10-01T09:00:00+01:00",
    "last_published_at": "2026-11-02T12:00:00+00:00",
}
