"""Occurrences as RFC 5545 calendar files, and as RFC 5546 messages to one person.

A VEVENT is rendered once, when its occurrence changes, and stored. A calendar is its head, a fixed
time zone and the stored VEVENTs, concatenated. The same input always gives the same bytes, so a
file changes only when its content does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vDuration, vText, vUri
from icalendar.prop import vInline

from .english_dates import LONDON

Status = Literal["CONFIRMED", "CANCELLED", "TENTATIVE"]
Method = Literal["REQUEST", "CANCEL"]

PRODUCT = "-//Prevent roundtables//Calendar//EN-GB"
CHUNK_BYTES = 32 * 1024

# British Summer Time as every year since 1996: from 01:00 UTC on the last Sunday of March to 01:00
# UTC on the last Sunday of October (Summer Time Order 2002, SI 2002/262, and earlier orders).
# Onsets are in the wall-clock time they end (RFC 5545, section 3.6.5): 1am GMT and 2am BST.
RULE_HOLDS_FROM = datetime(1996, 1, 1, tzinfo=UTC)
LONDON_VTIMEZONE = b"\r\n".join(
    (
        b"BEGIN:VTIMEZONE",
        b"TZID:Europe/London",
        b"BEGIN:DAYLIGHT",
        b"DTSTART:19960331T010000",
        b"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        b"TZNAME:BST",
        b"TZOFFSETFROM:+0000",
        b"TZOFFSETTO:+0100",
        b"END:DAYLIGHT",
        b"BEGIN:STANDARD",
        b"DTSTART:19961027T020000",
        b"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        b"TZNAME:GMT",
        b"TZOFFSETFROM:+0100",
        b"TZOFFSETTO:+0000",
        b"END:STANDARD",
        b"END:VTIMEZONE",
        b"",
    )
)

_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_A_URI = re.compile(r"[\s\x00-\x20\x7f-\x9f\ud800-\udfff\"<>\\^`{|}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """The calendar entry of one occurrence; every text is public.

    ``uid`` never changes for an occurrence. ``stamp`` is when the content last
    changed, not when the file is made. ``geo`` is latitude and longitude in
    degrees. ``url`` is absolute and already percent-encoded.

    Raises ValueError if a time has no zone, the end is not after the start, the sequence is
    negative, or a value cannot be written to a calendar file.
    """

    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str
    stamp: datetime
    created: datetime | None = None
    description: str = ""
    location: str = ""
    url: str = ""
    status: Status = "CONFIRMED"
    sequence: int = 0
    geo: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        times = [self.starts_at, self.ends_at, self.stamp]
        times += [self.created] if self.created else []
        if any(moment.utcoffset() is None for moment in times):
            raise ValueError("A calendar entry needs times with a zone.")
        if _utc(self.ends_at) <= _utc(self.starts_at):
            raise ValueError("A calendar entry must end after it starts.")
        if not _printable(self.uid).strip():
            raise ValueError("A calendar entry needs a UID, like 2f1c…@example.org.")
        if self.status not in ("CONFIRMED", "CANCELLED", "TENTATIVE"):
            raise ValueError(f"{self.status!r} is not a status of a calendar entry.")
        if self.sequence < 0:
            raise ValueError("A sequence number starts at 0 and only grows.")
        if _NOT_IN_A_URI.search(self.url):
            raise ValueError(f"{self.url!r} is not a web address.")
        if self.geo and not (abs(self.geo[0]) <= 90 and abs(self.geo[1]) <= 180):
            raise ValueError(f"{self.geo!r} is not a latitude and longitude in degrees.")


def vevent(entry: CalendarEntry) -> bytes:
    """Return one VEVENT: UTF-8, CRLF after every line, folded at 75 octets.

    Times are London wall clock with ``TZID=Europe/London``. If the wall clock is ambiguous (the
    repeated hour in October, and dates before 1996), both are in UTC. A date that will not take
    place as shown (cancelled, or postponed with no new date) shows nobody as busy.
    """
    starts_at, ends_at = _as_written(entry.starts_at, entry.ends_at)
    event = Event()
    event.add("uid", _Text(entry.uid))
    event.add("dtstamp", _utc(entry.stamp))
    event.add("last-modified", _utc(entry.stamp))
    if entry.created:
        event.add("created", _utc(entry.created))
    event.add("sequence", entry.sequence)
    event.add("status", entry.status)
    event.add("transp", "OPAQUE" if entry.status == "CONFIRMED" else "TRANSPARENT")
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", _Text(entry.title))
    if entry.description:
        event.add("description", _Text(entry.description))
    if entry.location:
        event.add("location", _Text(entry.location))
    if entry.geo:
        # Six decimals, never an exponent (RFC 5545, section 3.8.1.6): a float near the Greenwich
        # meridian would otherwise become 5e-05.
        event.add("geo", vInline(f"{entry.geo[0]:.6f};{entry.geo[1]:.6f}"))
    if entry.url:
        event.add("url", vUri(entry.url))
    return _rendered(event)


def calendar(
    vevents: Iterable[bytes | memoryview],
    *,
    name: str,
    refresh: timedelta = timedelta(hours=6),
) -> Iterator[bytes]:
    """Stream a calendar of VEVENTs that ``vevent`` rendered, in chunks.

    It has no METHOD: a file or feed invites nobody (RFC 5546 is for messages between people). The
    first chunk, the head, is sent before the first VEVENT is fetched; at most one chunk of about 32
    KiB is held at a time. ``refresh`` is how long a subscriber may wait before asking again (RFC
    7986, section 5.7).

    Raises ValueError at once, not while streaming, if ``refresh`` is not positive.
    """
    if refresh <= timedelta(0):
        raise ValueError("A calendar needs a refresh interval above zero, like 6 hours.")
    return _joined(_head(name, refresh), vevents)


def scheduling_message(
    file: bytes,
    *,
    method: Method,
    sequence: int,
    stamp: datetime,
    organiser: tuple[str, str],
    attendee: tuple[str, str],
) -> bytes:
    """Return a calendar ``file`` as a message to one person (RFC 5546, sections 3.2.2 and 3.2.5).

    ``organiser`` and ``attendee`` are a name, which may be empty, and an email address. No reply is
    requested: the place is booked. ``CANCEL`` removes the entries with the same UID.
    """
    calendar = Calendar.from_ical(file)
    calendar.add("method", method)
    for event in calendar.walk("VEVENT"):
        for name in ("dtstamp", "sequence"):
            event.pop(name, None)
        event.add("dtstamp", _utc(stamp))
        event.add("sequence", sequence)
        event.add("organizer", _address(*organiser))
        event.add("attendee", _address(*attendee, PARTSTAT="ACCEPTED", RSVP="FALSE"))
        if method == "CANCEL":
            event["status"] = vText("CANCELLED")
            event["transp"] = vText("TRANSPARENT")
    return _rendered(calendar)


def _address(name: str, email: str, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    # A parameter cannot contain a quotation mark (RFC 5545, section 3.2).
    if common_name := " ".join(_printable(name).replace('"', "'").split()):
        address.params["CN"] = common_name
    address.params.update(parameters)
    return address


def _joined(head: bytes, vevents: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    yield head
    chunk = bytearray()
    for rendered in vevents:
        chunk += rendered
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    chunk += b"END:VCALENDAR\r\n"
    yield bytes(chunk)


def _head(name: str, refresh: timedelta) -> bytes:
    head = Calendar()
    head.add("version", "2.0")
    head.add("prodid", PRODUCT)
    head.add("calscale", "GREGORIAN")
    # icalendar has no type for NAME and X- properties, and would write them unescaped.
    head.add("name", _Text(name))
    head.add("x-wr-calname", _Text(name))
    head.add("x-wr-timezone", _Text(LONDON.key))
    head.add("refresh-interval", vDuration(refresh), parameters={"VALUE": "DURATION"})
    head.add("x-published-ttl", vDuration(refresh))
    return _rendered(head).removesuffix(b"END:VCALENDAR\r\n") + LONDON_VTIMEZONE


class _Text(vText):
    """TEXT without characters that a calendar file cannot hold.

    Every kind of line break becomes the same one; other control characters and lone surrogates are
    left out. icalendar does the escaping, except of a backslash before a capital N, which it takes
    for a line break.
    """

    def __new__(cls, value: str) -> _Text:
        return super().__new__(cls, _printable(value))

    def to_ical(self) -> bytes:
        return rb"\\N".join(vText(part).to_ical() for part in self.split(r"\N"))


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("", _LINE_BREAK.sub("\n", text))


def _as_written(*moments: datetime) -> tuple[datetime, ...]:
    """Return all in London time, or all in UTC if any needs it."""
    local = tuple(_utc(moment).astimezone(LONDON) for moment in moments)
    plain = all(
        moment >= RULE_HOLDS_FROM
        and moment.utcoffset() == moment.replace(fold=1 - moment.fold).utcoffset()
        for moment in local
    )
    return local if plain else tuple(_utc(moment) for moment in local)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _rendered(component: Event | Calendar) -> bytes:
    rendered: bytes = component.to_ical(sorted=False)
    return rendered
