from .announcements import Announcement
from .occurrences import (
    AttendanceMode,
    Occurrence,
    OccurrenceChange,
)
from .pages import EventIndexPage, EventPage, EventSpeaker
from .search import SearchSynonyms
from .snippets import Organiser, Speaker, Venue

__all__ = [
    "Announcement",
    "AttendanceMode",
    "EventIndexPage",
    "EventPage",
    "EventSpeaker",
    "Occurrence",
    "OccurrenceChange",
    "Organiser",
    "SearchSynonyms",
    "Speaker",
    "Venue",
]
