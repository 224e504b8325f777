"""Hours in the reader's language: as GOV.UK writes them in English, by 24 hours elsewhere."""

from datetime import time

from django.utils.formats import time_format
from django.utils.translation import get_language, gettext

from . import agenda


def spoken(moment: time) -> str:
    """Return ``6pm`` in English, ``18:00`` in other languages."""
    if is_english():
        return agenda.spoken(moment)
    return time_format(moment, "H:i")


def span(starts: time, ends: time | None = None) -> str:
    """Return ``6pm to 7:30pm``, or the start alone where there is no end."""
    if ends is None:
        return spoken(starts)
    return gettext("%(starts)s to %(ends)s") % {"starts": spoken(starts), "ends": spoken(ends)}


def is_english() -> bool:
    return (get_language() or "en").partition("-")[0] == "en"
