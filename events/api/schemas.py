"""The input and output shapes of the events API, from which its OpenAPI document is made."""

import datetime as dt
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from prevent_content.api.http import LONGEST_ANSWER, USUAL_ANSWER

from ..models import AttendanceMode, Occurrence, OccurrenceChange
from ..models.snippets import Provision

CURSOR = r"^[A-Za-z0-9_-]{4,40}$"
LARGEST_KEY = 2**31 - 1

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)


def as_written(pattern: re.Pattern[str], example: str) -> BeforeValidator:
    """Return a validator that accepts text only in its documented spelling."""

    def check(value: Any) -> Any:
        if isinstance(value, str) and not pattern.fullmatch(value):
            raise ValueError(f"Enter it like {example}")
        return value

    return BeforeValidator(check)


Day = Annotated[dt.date, as_written(_DATE, "2026-11-26")]
PageId = Annotated[int, Field(ge=1, le=LARGEST_KEY), as_written(_NUMBER, "12")]
# Always with a numeric offset, never “Z”.
Moment = Annotated[
    datetime,
    PlainSerializer(datetime.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

Status = Literal[tuple(Occurrence.Status.values)]
Mode = Literal[tuple(AttendanceMode.values)]
ActionName = Literal[tuple(OccurrenceChange.Action.values)]
ProvisionName = Literal[tuple(Provision.values)]


LOCALE = r"^[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}$"
LocaleCode = Annotated[
    str | None,
    Field(
        pattern=LOCALE,
        description="Only in this language, like `en-gb`. Without it: the site's own language",
    ),
]


def split(value: Any) -> Any:
    """Return the items of a comma-separated list, given once or several times."""
    texts = [value] if isinstance(value, str) else value
    return [part for text in texts for part in text.split(",")] if texts else None


def listed(item: type) -> Any:
    """Return the type of a parameter with one or more items: ``a,b``."""
    return Annotated[list[item] | None, BeforeValidator(split)]


class PageOfList(Schema):
    """The parameters of every list."""

    cursor: str | None = Field(
        None, pattern=CURSOR, description="Where to continue: `next_cursor` of the previous page"
    )
    limit: Annotated[
        int, Field(ge=1, le=LONGEST_ANSWER), as_written(_NUMBER, str(USUAL_ANSWER))
    ] = Field(USUAL_ANSWER, description="The most to return")


class OccurrenceQuery(PageOfList):
    locale: LocaleCode = None
    since: Day | None = Field(
        None, alias="from", description="First date, inclusive, London time. Default: today"
    )
    until: Day | None = Field(None, alias="to", description="Last date, inclusive, London time")
    status: listed(Status) = Field(
        None, description="Only dates of these statuses, like `cancelled,postponed`"
    )
    event: listed(PageId) = Field(None, description="Only dates of the events with these page ids")
    attendance_mode: listed(Mode) = Field(None, description="Only dates held in this way")
    near: str | None = Field(
        None,
        pattern=r"^[A-Za-z]{1,2}[0-9][0-9A-Za-z]?$",
        description="Only dates at a venue in this postcode district, like HP19",
    )
    ordering: Literal["starts_at", "-starts_at"] = Field(
        "starts_at", description="Earliest first, or latest first"
    )


class EventQuery(PageOfList):
    locale: LocaleCode = None


class Provisions(Schema):
    name: str
    label: str
    provision: ProvisionName = Field(description="`ask`: the organiser knows")


class VenueObject(Schema):
    name: str
    address: list[str] = Field(description="The lines of the postal address, without the postcode")
    postcode: str
    map_url: str
    latitude: float | None = Field(description="Degrees, WGS 84")
    longitude: float | None
    getting_there: str
    accessibility: list[Provisions]
    accessibility_notes: str
    note: str


class EventLink(Schema):
    id: int
    locale: str = Field(description="The language of the page, like `en-gb`")
    title: str
    summary: str
    url: str = Field(description="The event's page")
    detail_url: str = Field(description="The event in this API")


class OccurrenceObject(Schema):
    id: UUID = Field(description="Stays the same when the date moves")
    event: EventLink
    date: dt.date = Field(description="The London date on which it starts")
    starts_at: Moment = Field(description="With London's offset from UTC on that day")
    ends_at: Moment
    time_zone: Literal["Europe/London"]
    previous_starts_at: Moment | None = Field(description="If it moved, when it was due to start")
    status: Status
    reason: str = Field(description="The public reason for the change")
    attendance_mode: Mode
    venue: VenueObject | None = Field(description="Empty if it is held online only")
    sequence: int = Field(description="Rises with each change, as SEQUENCE does in calendars")
    changed_at: Moment
    url: str = Field(description="The event's page at this date")
    detail_url: str
    ics_url: str


class AgendaLine(Schema):
    type: str = Field(description="`item`, `time`, `refreshments` or the site’s own")
    id: str
    label: str = Field(description="What the line is called, whatever its type")
    place_bound: bool = Field(description="Leave it out of a date that is held online only")
    value: dict[str, Any] = Field(
        description="The fields of its type. All have `starts`, and most have `ends`, like `18:30`"
    )


class OccurrenceDetail(OccurrenceObject):
    agenda: list[AgendaLine] = Field(
        description="The lines of the event's agenda that apply: doors and refreshments not online"
    )


class OccurrenceList(Schema):
    items: list[OccurrenceObject]
    next_cursor: str | None = Field(description="None after the last")
    next: str | None = Field(description="The address of what comes after these")


class EventList(Schema):
    items: list[EventLink]
    next_cursor: str | None
    next: str | None


class OrganiserObject(Schema):
    team: str
    phone: str


class SpeakerObject(Schema):
    name: str
    role: str
    organisation: str


Clock = Annotated[str, Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$", description="London time")]


class BodyBlock(Schema):
    type: str
    id: str
    value: Any


class ScheduleObject(Schema):
    first_date: dt.date
    starts: Clock
    ends: Clock
    time_zone: Literal["Europe/London"]
    rule: str = Field(description='An RRULE (RFC 5545) of dates; "" for a single date')
    in_words: str


class CalendarObject(Schema):
    ics_url: str
    webcal_url: str


class RegistrationLink(Schema):
    form_url: str = Field(description="The registration form in this API")


class ChangeObject(Schema):
    occurrence: UUID
    at: Moment
    action: ActionName
    sentence: str
    reason: str


class SearchObject(Schema):
    title: str
    description: str
    canonical_url: str
    open_graph: dict[str, str]


class EventObject(EventLink):
    audience: str
    attendance_mode: Mode
    venue: VenueObject | None
    organiser: OrganiserObject | None
    speakers: list[SpeakerObject]
    schedule: ScheduleObject
    agenda: list[AgendaLine]
    body: list[BodyBlock] = Field(description="Typed as in the API of pages")
    next_occurrence: OccurrenceObject | None = Field(
        description="The next date going ahead, or the next of any status if none is"
    )
    occurrences_url: str
    calendar: CalendarObject
    registration: RegistrationLink | None
    changes: list[ChangeObject] = Field(description="The public change log, the newest first")
    search: SearchObject
    first_published_at: Moment | None
    last_published_at: Moment | None


class ProblemEntry(Schema):
    field: str = Field(description='"" for the request as a whole')
    pointer: str = Field(description="JSON pointer (RFC 6901) into the body or the query")
    code: str = Field(description="For programs: `required`, `invalid`, `max_length` and so on")
    detail: str = Field(description="The sentence to show people, in the language of the page")


class Problem(Schema):
    """What is wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemEntry] = Field(default_factory=list)


# A list continues after a row, not after a number of rows: an index finds a page however far down
# it is, and nothing is repeated or missed when dates are added meanwhile.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(rb"(-?[0-9]{1,17})\.([0-9]{1,15})", re.ASCII)


class CursorError(ValueError):
    """A cursor that this API did not issue."""


def write_cursor(starts_at: datetime, key: int) -> str:
    """Return the cursor after the row ``key`` that starts at ``starts_at``."""
    microseconds = (starts_at - EPOCH) // timedelta(microseconds=1)
    return urlsafe_b64encode(f"{microseconds}.{key}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, int]:
    """Return the start and key in ``cursor``; raise ``CursorError``."""
    try:
        written = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError as error:
        raise CursorError from error
    found = _CURSOR.fullmatch(written)
    if found is None:
        raise CursorError
    try:
        return EPOCH + timedelta(microseconds=int(found[1])), int(found[2])
    except OverflowError as error:
        raise CursorError from error
