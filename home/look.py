"""The site's look: colours and typeface that a council chooses, as CSS custom properties."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

MAIN_COLOUR, ACCENT_COLOUR = "#0f4c5c", "#d9a441"
# WCAG 2.2, success criterion 1.4.3.
LEAST_CONTRAST = 4.5

validate_colour = RegexValidator(
    r"^#[0-9a-fA-F]{6}$", "Enter a colour as # and six digits, like #0f4c5c", code="colour"
)


class Typeface(models.TextChoices):
    """Typefaces that computers and phones have: none is loaded, from here or elsewhere."""

    ARIAL = "arial", "Arial"
    SYSTEM = "system", "The device’s own"
    VERDANA = "verdana", "Verdana"
    GEORGIA = "georgia", "Georgia"


FAMILIES = {
    Typeface.SYSTEM: 'system-ui, -apple-system, "Segoe UI", roboto, sans-serif',
    Typeface.VERDANA: "verdana, geneva, sans-serif",
    Typeface.GEORGIA: 'georgia, "Times New Roman", serif',
}


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour like ``#0f4c5c`` (WCAG 2.2)."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_with_white(colour: str) -> float:
    """Return the contrast ratio of white text on ``colour``, from 1 to 21."""
    return 1.05 / (luminance(colour) + 0.05)


def validate_contrast(colour: str) -> None:
    validate_colour(colour)
    ratio = contrast_with_white(colour)
    if ratio < LEAST_CONTRAST:
        raise ValidationError(
            f"Choose a darker colour: white text has a contrast of {ratio:.1f} to 1 on this one, "
            f"and needs {LEAST_CONTRAST} to 1"
        )


def stylesheet(main_colour: str, accent_colour: str, typeface: str) -> str:
    """Return CSS for what differs from the usual look; "" if nothing does."""
    rules = []
    if main_colour.lower() != MAIN_COLOUR:
        rules.append(f"--govuk-brand-colour: {main_colour};")
    if accent_colour.lower() != ACCENT_COLOUR:
        rules.append(f"--app-accent-colour: {accent_colour};")
    if family := FAMILIES.get(Typeface(typeface)):
        rules.append(f"--app-typeface: {family};")
    # Twice, so that the colours also hold where the screen is dark.
    return f":root:root {{ {' '.join(rules)} }}\n" if rules else ""
