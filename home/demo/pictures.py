"""The demo's pictures, drawn from shapes alone so that they have this project's licence."""

import math
from io import BytesIO

from django.core.files.images import ImageFile
from PIL import Image, ImageDraw
from wagtail.images import get_image_model

SIZE = (1600, 900)
# Drawn larger and scaled down, for smooth edges.
SCALE = 2
WALL, FLOOR, TABLE, RIM = "#dcebee", "#c3dbe0", "#f6efe0", "#d9a441"
DARK, MIDDLE, WHITE = "#0f4c5c", "#2b7a8b", "#ffffff"
CLOTHES = ("#0f4c5c", "#b5543c", "#2b7a8b", "#d9a441", "#5b4a82", "#3f7d58", "#8a3b52", "#4a6fa5")
SKIN = ("#8d5a3b", "#f0c8a0", "#c98d62", "#5d3a26", "#e3b088", "#a86f48", "#f3d3b3", "#74482f")
HAIR = ("#241a16", "#6b4423", "#3a2c26", "#1d1613", "#8c8c8c", "#2b1e19", "#b98a4a", "#120e0c")


class Pen:
    """Draws in the coordinates of the finished picture."""

    def __init__(self, background: str, size: tuple[int, int] = SIZE):
        self.size = size
        self.image = Image.new("RGBA", (size[0] * SCALE, size[1] * SCALE), background)
        self.draw = ImageDraw.Draw(self.image)

    def circle(self, x: float, y: float, radius: float, colour: str, *, wide: float = 1) -> None:
        box = (x - radius * wide, y - radius, x + radius * wide, y + radius)
        self.draw.ellipse([part * SCALE for part in box], fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str, r=0) -> None:
        corners = [part * SCALE for part in (left, top, right, bottom)]
        self.draw.rounded_rectangle(corners, radius=r * SCALE, fill=colour)

    def shape(self, points: list[tuple[float, float]], colour: str) -> None:
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def finished(self) -> Image.Image:
        return self.image.resize(self.size, Image.Resampling.LANCZOS)


def round_table() -> Image.Image:
    """Return eight people around a table, seen from above."""
    pen = Pen(WALL)
    pen.circle(800, 450, 640, FLOOR, wide=1.15)
    for seat in range(8):
        angle = math.tau * (seat + 0.5) / 8
        across, down = math.cos(angle), math.sin(angle)
        x, y = 800 + across * 470, 450 + down * 345
        pen.circle(x, y, 84, CLOTHES[seat])
        pen.circle(x - across * 14, y - down * 14, 52, HAIR[seat])
        pen.circle(x - across * 30, y - down * 30, 44, SKIN[seat])
        pen.circle(x - across * 14, y - down * 14, 40, HAIR[seat])
    pen.circle(800, 450, 262, RIM, wide=1.38)
    pen.circle(800, 450, 248, TABLE, wide=1.39)
    for seat in range(8):
        angle = math.tau * (seat + 0.5) / 8
        x, y = 800 + math.cos(angle) * 265, 450 + math.sin(angle) * 185
        pen.circle(x, y, 22, WHITE)
        pen.circle(x, y, 15, "#7a4a2a" if seat % 2 else MIDDLE)
    for left, top in ((690, 400), (820, 420), (740, 480)):
        pen.box(left, top, left + 90, top + 60, WHITE, 4)
        for line in range(3):
            pen.box(left + 12, top + 14 + line * 14, left + 78, top + 18 + line * 14, FLOOR)
    return pen.finished()


def hall() -> Image.Image:
    """Return a community hall with a level entrance, at dusk."""
    pen = Pen("#cfe0ea")
    pen.circle(1330, 190, 70, "#f3d38a")
    pen.circle(200, 900, 420, "#7fa98a", wide=1.8)
    pen.circle(1450, 960, 460, "#6f9c7c", wide=1.7)
    pen.box(0, 740, 1600, 900, "#b9c7b4")
    pen.box(350, 380, 1250, 760, TABLE)
    pen.shape([(300, 390), (800, 170), (1300, 390)], DARK)
    pen.circle(800, 315, 46, TABLE)
    pen.circle(800, 315, 34, MIDDLE)
    for left in (420, 560, 960, 1100):
        pen.box(left, 470, left + 90, 640, DARK, 6)
        pen.box(left + 8, 478, left + 82, 632, "#ffe9ae", 4)
        pen.box(left + 42, 478, left + 48, 632, DARK)
    pen.box(705, 480, 895, 760, DARK, 8)
    pen.box(716, 491, 795, 760, MIDDLE, 4)
    pen.box(805, 491, 884, 760, MIDDLE, 4)
    pen.shape([(640, 900), (960, 900), (895, 760), (705, 760)], "#e6ddca")
    for x, height in ((180, 300), (1420, 340)):
        pen.box(x - 14, 760 - height / 2, x + 14, 770, "#7a5a3f")
        pen.circle(x, 760 - height * 0.7, height * 0.36, "#3f7d58")
        pen.circle(x + 40, 760 - height * 0.55, height * 0.26, "#4c8d65")
    return pen.finished()


def logo() -> Image.Image:
    """Return a white table with six seats, for the coloured header."""
    pen = Pen("#ffffff00", (192, 192))
    pen.circle(96, 96, 44, WHITE)
    for seat in range(6):
        angle = math.tau * (seat + 0.5) / 6
        pen.circle(96 + math.cos(angle) * 74, 96 + math.sin(angle) * 74, 19, WHITE)
    return pen.finished()


PICTURES = {
    "logo": (logo, ""),
    "round table": (
        round_table,
        "Eight people around a table with papers and hot drinks, seen from above",
    ),
    "hall": (hall, "A community hall with lit windows and a level path to its door"),
}


def picture(name: str):
    """Return (image, alternative text); draw the image unless the library has it."""
    draw, description = PICTURES[name]
    title = f"Demo: {name}"
    images = get_image_model()
    if (found := images.objects.filter(title=title).first()) is not None:
        return found, description
    stream = BytesIO()
    draw().save(stream, "PNG", optimize=True)
    file = ImageFile(stream, name=f"demo-{name.replace(' ', '-')}.png")
    made = images.objects.create(title=title, description=description, file=file)
    return made, description
