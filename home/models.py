"""The home page and plain pages of this site, its header and footer, and its look."""

import hashlib

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    PageChooserPanel,
)
from wagtail.api import APIField
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.images import get_image_model_string
from wagtail.models import Orderable, Page, Site

from events.models import EventIndexPage
from prevent_content.links import restricted_pages
from prevent_content.models import EditorialPage, PreventSettings

# The home page's children and grandchildren; deeper pages are found through these.
MENU_LEVELS = 2

MAIN_COLOUR, ACCENT_COLOUR = "#0f4c5c", "#d9a441"
# WCAG 2.2, success criterion 1.4.3.
LEAST_CONTRAST = 4.5

validate_colour = RegexValidator(
    r"^#[0-9a-fA-F]{6}$", "Enter a colour as # and six digits, like #0f4c5c", code="colour"
)


class Typeface(models.TextChoices):
    """Typefaces that computers and phones already have, so none is downloaded."""

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
    """Return CSS for whatever differs from the default look; "" if nothing does."""
    rules = []
    if main_colour.lower() != MAIN_COLOUR:
        rules.append(f"--govuk-brand-colour: {main_colour};")
    if accent_colour.lower() != ACCENT_COLOUR:
        rules.append(f"--app-accent-colour: {accent_colour};")
    if family := FAMILIES.get(Typeface(typeface)):
        rules.append(f"--app-typeface: {family};")
    # Doubled so that the colours also apply in dark mode.
    return f":root:root {{ {' '.join(rules)} }}\n" if rules else ""


@register_setting(icon="site")
class SiteSettings(BaseSiteSetting, ClusterableModel):
    """Whose site this is, and the pages that every footer links to."""

    council_name = models.CharField(max_length=120, default="Example Council")
    service_name = models.CharField(max_length=120, default="Prevent and community roundtables")
    logo = models.ForeignKey(
        get_image_model_string(),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Shown next to the council’s name, 48 pixels high, on the main colour",
    )
    main_colour = models.CharField(
        max_length=7,
        default=MAIN_COLOUR,
        validators=[validate_colour, validate_contrast],
        help_text="For the header and lines, as #rrggbb. White text must be readable on it",
    )
    accent_colour = models.CharField(
        max_length=7,
        default=ACCENT_COLOUR,
        validators=[validate_colour],
        help_text="For the line below the header, as #rrggbb",
    )
    typeface = models.CharField(max_length=8, choices=Typeface.choices, default=Typeface.ARIAL)
    contact_email = models.EmailField("email address", blank=True)
    contact_phone = models.CharField("phone number", max_length=40, blank=True)
    contact_hours = models.CharField("opening hours", max_length=120, blank=True)
    footer_note = models.CharField(
        max_length=300, blank=True, help_text="One or two sentences at the foot of every page"
    )

    # Fetched in the same query as the settings.
    select_related = ("logo", "site__preventsettings")

    panels = [
        FieldPanel("council_name"),
        FieldPanel("service_name"),
        MultiFieldPanel(
            [
                FieldPanel("logo"),
                FieldRowPanel([FieldPanel("main_colour"), FieldPanel("accent_colour")]),
                FieldPanel("typeface"),
            ],
            heading="Look",
        ),
        MultiFieldPanel(
            [
                FieldPanel("contact_email"),
                FieldPanel("contact_phone"),
                FieldPanel("contact_hours"),
            ],
            heading="Contact, in the footer",
        ),
        InlinePanel("footer_pages", heading="Footer", label="Page"),
        FieldPanel("footer_note"),
    ]

    class Meta:
        verbose_name = "header and footer"

    @property
    def stylesheet(self) -> str:
        """Return the style sheet of the colours and typeface; "" for the default look."""
        return stylesheet(self.main_colour, self.accent_colour, self.typeface)

    @property
    def look_version(self) -> str:
        """Return a version of the current look, for the address of its style sheet."""
        sheet = self.stylesheet
        return hashlib.sha256(sheet.encode()).hexdigest()[:8] if sheet else ""

    @classmethod
    def for_request(cls, request):
        """Return the site's settings, and cache the Prevent settings on ``request`` as well."""
        found = super().for_request(request)
        prevent = getattr(found.site, "preventsettings", None)
        if prevent is not None:
            setattr(request, PreventSettings.get_cache_attr_name(), prevent)
        return found


def council_name_of(site: Site) -> str:
    """Return the council's name as the header of ``site`` shows it."""
    return SiteSettings.for_site(site).council_name


class FooterPage(Orderable):
    settings = ParentalKey(SiteSettings, on_delete=models.CASCADE, related_name="footer_pages")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")

    panels = [PageChooserPanel("page")]


class HomePage(EditorialPage):
    """The front page: what the site is for, the next dates, and the pages of its menu."""

    parent_page_types = ["wagtailcore.Page"]

    upcoming_dates = models.PositiveSmallIntegerField(
        "number of upcoming dates",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text="How many upcoming roundtables to show. The first is a large card",
    )

    content_panels = [*EditorialPage.content_panels, FieldPanel("upcoming_dates")]
    api_fields = [*EditorialPage.api_fields, APIField("upcoming_dates")]

    class Meta:
        verbose_name = "home page"

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        below = Page.objects.descendant_of(self).live().in_menu().exclude(restricted_pages())
        # The dates are already listed above the topics.
        topics = below.filter(depth__lte=self.depth + MENU_LEVELS).not_type(EventIndexPage)
        context["sections"] = topics.order_by("path").specific()
        return context


class StandardPage(EditorialPage):
    """A plain page: help, about, accessibility statement, cookies, privacy."""

    parent_page_types = ["home.HomePage", "home.StandardPage", "prevent_content.PreventPage"]

    class Meta:
        verbose_name = "standard page"
