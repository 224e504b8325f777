from .occurrences import (
    LONDON,
    AttendanceMode,
    CalendarVersion,
    Occurrence,
    OccurrenceChange,
)
from .pages import EventIndexPage, EventPage, EventSpeaker
from .people_places import Organiser, Speaker, Venue

__all__ = [
    "LONDON",
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
