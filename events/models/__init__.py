from .occurrences import (
    AttendanceMode,
    Occurrence,
    OccurrenceChange,
)
from .pages import EventIndexPage, EventPage, EventSpeaker
from .snippets import Organiser, Speaker, Venue

__all__ = [
    "AttendanceMode",
    "EventIndexPage",
    "EventPage",
    "EventSpeaker",
    "Occurrence",
    "OccurrenceChange",
    "Organiser",
    "Speaker",
    "Venue",
]
