from .occurrences import LONDON, AttendanceMode, Occurrence, OccurrenceChange
from .pages import EventIndexPage, EventPage, EventSpeaker
from .people_places import Organiser, Speaker, Venue

__all__ = [
    "LONDON",
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
