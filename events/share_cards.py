"""The picture that social media show beside a link to an event: its title, date and place."""

from functools import cache
from hashlib import blake2b
from io import BytesIO
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from PIL import Image, ImageDraw, ImageFont

from .feeds import CACHE_CONTROL, find_date
from .models import Occurrence
from .models.occurrences import AttendanceMode

# The Open Graph protocol, og:image.
SIZE = (1200, 630)
MARGIN, WIDEST = 80, 1040
MAIN, ACCENT, PALE, WHITE = "#0f4c5c", "#d9a441", "#cfe6ea", "#ffffff"
TITLE, DAY, TEXT = 84, 52, 40
MOST_TITLE_LINES = 3
# The font's range of letters; another script would appear as empty boxes.
LAST_LETTER, PUNCTUATION = "ɏ", "‘’“”–…"
USUAL_CARD = "prevent/social-card.png"


@cache
def font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def lines_of(text: str, size: int, most: int) -> list[str]:
    """Return ``text`` broken into at most ``most`` lines that fit, the last cut with "…"."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font(size).getlength(longer) <= WIDEST or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]} …"]
    return lines


def place_of(occurrence: Occurrence) -> str:
    if occurrence.attendance_mode == AttendanceMode.ONLINE:
        return _("Online")
    return occurrence.place.name if occurrence.place else ""


def draw(title: str, day: str, hours: str, place: str, council: str) -> Image.Image:
    """Return the card: the words from top to bottom, in the site's look."""
    card = Image.new("RGB", SIZE, MAIN)
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, SIZE[1] - 24, *SIZE), fill=ACCENT)
    pen.text((MARGIN, 56), council, font=font(TEXT), fill=PALE)
    top = 132
    for line in lines_of(title, TITLE, MOST_TITLE_LINES):
        pen.text((MARGIN, top), line, font=font(TITLE), fill=WHITE)
        top += TITLE + 10
    top = max(top + 24, 390)
    for line, size in ((day, DAY), (hours, TEXT), (place, TEXT)):
        if line:
            (fitting,) = lines_of(line, size, 1)
            pen.text((MARGIN, top), fitting, font=font(size), fill=WHITE)
            top += size + 14
    return card


@require_safe
def share_card(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Answer with the card of one date. 404 unless its page is public."""
    occurrence = find_date(request, uuid)
    words = (
        occurrence.title,
        occurrence.day,
        occurrence.hours,
        place_of(occurrence),
        occurrence.event.get_site().site_name,
    )
    if any(char > LAST_LETTER and char not in PUNCTUATION for char in "".join(words)):
        return redirect(static(USUAL_CARD))
    etag = f'"{blake2b("|".join(words).encode(), digest_size=8).hexdigest()}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        stream = BytesIO()
        draw(*words).save(stream, "PNG", optimize=True)
        response = HttpResponse(stream.getvalue(), content_type="image/png")
    response["ETag"] = etag
    response["Cache-Control"] = CACHE_CONTROL
    return response
