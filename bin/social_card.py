"""Draw the picture that social media show beside a link to the site, from shapes alone.

Usage: ``social_card.py FILE.png``. 1200 by 630 pixels (The Open Graph protocol, og:image).
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 630)
TEAL, PALE, LIGHT, WHITE = "#0f4c5c", "#2b7a8b", "#cfe6ea", "#ffffff"
TABLE = (860, 150, 1110, 400)
SEATS = [(985, 96), (1128, 178), (1128, 372), (985, 454), (842, 372), (842, 178)]
SEAT_RADIUS = 34
LINES = ["Prevent and", "community", "roundtables"]
LETTERS = 84
CLAIM = "When, where, and how to take part"


def draw() -> Image.Image:
    """Return a round table with six seats, and words that suit every page."""
    card = Image.new("RGB", SIZE, TEAL)
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 600, SIZE[0], SIZE[1]), fill=PALE)
    pen.ellipse(TABLE, fill=PALE)
    for x, y in SEATS:
        box = (x - SEAT_RADIUS, y - SEAT_RADIUS, x + SEAT_RADIUS, y + SEAT_RADIUS)
        pen.ellipse(box, fill=LIGHT)
    top = 130
    for words in LINES:
        pen.text((70, top), words, font=ImageFont.load_default(LETTERS), fill=WHITE)
        top += LETTERS + 16
    pen.text((70, top + 30), CLAIM, font=ImageFont.load_default(38), fill=LIGHT)
    return card


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    draw().save(target, optimize=True)
