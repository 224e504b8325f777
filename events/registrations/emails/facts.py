"""Facts about a date, stored with a queued email that describes its earlier state."""

from datetime import datetime

from django.utils.translation import gettext as _

from events.models import AttendanceMode, Occurrence


def facts_of_date(occurrence: Occurrence) -> dict:
    """Return the time and place of ``occurrence`` as JSON to store with an email."""
    place = occurrence.place
    return {
        "occurrence": occurrence.pk,
        "starts_at": occurrence.starts_at.isoformat(),
        "ends_at": occurrence.ends_at.isoformat(),
        "place": [place.name, *place.address_lines] if place else [],
        "mode": str(occurrence.attendance_mode),
    }


def date_from_facts(facts: dict) -> dict | None:
    """Return ``when`` and ``where`` of the earlier date in ``facts``, in the active language."""
    was = facts.get("was")
    if not was:
        return None
    starts, ends = (datetime.fromisoformat(was[name]) for name in ("starts_at", "ends_at"))
    return {
        "when": Occurrence(starts_at=starts, ends_at=ends).when,
        "where": where_lines(was["place"], was["mode"]),
    }


def place_lines(occurrence: Occurrence) -> list[str]:
    """Return the place of ``occurrence``, line by line; empty if it is not known."""
    place = occurrence.place
    lines = [place.name, *place.address_lines] if place else []
    return where_lines(lines, occurrence.attendance_mode)


def where_lines(place: list[str], mode: str) -> list[str]:
    if mode == AttendanceMode.ONLINE:
        return [_("Online")]
    if mode == AttendanceMode.BOTH:
        return [*place, _("and online")] if place else [_("In person and online")]
    return place
