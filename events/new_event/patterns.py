"""Ready-made events: what an evening, a briefing and a drop-in usually hold."""

from dataclasses import dataclass
from datetime import time

from ..models import AttendanceMode


@dataclass(frozen=True, slots=True)
class EventPattern:
    """An event without its date, venue and organiser. ``agenda`` is the StreamField's raw value."""

    name: str
    description: str
    title: str
    summary: str
    starts: time
    ends: time
    agenda: tuple[tuple[str, dict], ...]
    attendance_mode: str = AttendanceMode.IN_PERSON
    audience: str = "Partners and members of the public"


def moment(mark: str, at: time, until: time | None = None) -> tuple[str, dict]:
    return "time", {"mark": mark, "starts": at, "ends": until, "note": ""}


def item(starts: time, ends: time, title: str, text: str) -> tuple[str, dict]:
    return "item", {
        "starts": starts,
        "ends": ends,
        "title": title,
        "text": f"<p>{text}</p>",
        "speakers": [],
    }


PATTERNS = {
    "evening": EventPattern(
        name="Evening roundtable",
        description="90 minutes in a hall, with speakers, a break and questions",
        title="Prevent community roundtable",
        summary="Hear about Prevent, ask your questions and find out what happens locally.",
        starts=time(18),
        ends=time(19, 30),
        agenda=(
            moment("doors", time(17, 45)),
            (
                "refreshments",
                {
                    "starts": time(17, 45),
                    "ends": None,
                    "served": "Tea, coffee and soft drinks",
                    "dietary": "",
                },
            ),
            moment("start", time(18)),
            item(time(18), time(18, 10), "Welcome", "How the evening works."),
            item(time(18, 10), time(18, 50), "What Prevent does", "The strategy, and locally."),
            moment("break", time(18, 50), time(19)),
            item(time(19), time(19, 30), "Your questions", "Aloud or on paper."),
            moment("close", time(19, 30)),
        ),
    ),
    "briefing": EventPattern(
        name="Online briefing",
        description="One hour by video call, for partners",
        title="Prevent online briefing",
        summary="A one-hour briefing about Prevent by video call, with time for questions.",
        starts=time(12),
        ends=time(13),
        attendance_mode=AttendanceMode.ONLINE,
        audience="Schools, charities and other partners",
        agenda=(
            moment("start", time(12)),
            item(time(12), time(12, 40), "Briefing", "What is new, and what to look out for."),
            item(time(12, 40), time(13), "Your questions", "Aloud or in the chat."),
            moment("close", time(13)),
        ),
    ),
    "drop-in": EventPattern(
        name="Drop-in",
        description="An afternoon when people come and go as they like",
        title="Prevent drop-in",
        summary="Come when it suits you, have a cup of tea and ask the local team what you like.",
        starts=time(14),
        ends=time(17),
        audience="Everybody",
        agenda=(
            moment("doors", time(14)),
            item(time(14), time(17), "Drop in", "The local team answers questions one to one."),
            moment("close", time(17)),
        ),
    ),
}
