from .occurrences import (
    AttendanceMode,
    CalendarVersion,
    Occurrence,
    OccurrenceChange,
)
from .pages import EventIndexPage, EventPage, EventSpeaker
from .snippets import Organiser, Speaker, Venue

__all__ = [
    "AttendanceMode",
    "CalendarVersion",
    "EventIndexPage",
    "EventPage",
    "EventSpeaker",
    "Occurrence",
    "OccurrenceChange",
    "Organiser",
    "Speaker",
    "Venue",
]
