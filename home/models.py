"""This site's front door: the home page, its plain pages, its header and footer."""

import hashlib

from django.db import models
from django.utils.functional import cached_property
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    PageChooserPanel,
)
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.images import get_image_model_string
from wagtail.models import Orderable, Page

from prevent_content.links import restricted_pages
from prevent_content.models import EditorialPage

from .look import (
    ACCENT_COLOUR,
    MAIN_COLOUR,
    Typeface,
    stylesheet,
    validate_colour,
    validate_contrast,
)


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
        help_text="Beside the council’s name, 48 pixels high, on the main colour",
    )
    main_colour = models.CharField(
        max_length=7,
        default=MAIN_COLOUR,
        validators=[validate_colour, validate_contrast],
        help_text="Of the header and of lines, as #rrggbb. White text must be readable on it",
    )
    accent_colour = models.CharField(
        max_length=7,
        default=ACCENT_COLOUR,
        validators=[validate_colour],
        help_text="Of the line below the header, as #rrggbb",
    )
    typeface = models.CharField(max_length=8, choices=Typeface.choices, default=Typeface.ARIAL)
    contact_email = models.EmailField("email address", blank=True)
    contact_phone = models.CharField("phone number", max_length=40, blank=True)
    contact_hours = models.CharField("opening hours", max_length=120, blank=True)
    footer_note = models.CharField(
        max_length=300, blank=True, help_text="One or two sentences at the end of every page"
    )

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
        """Return the style sheet of the colours and typeface; "" where they are the usual ones."""
        return stylesheet(self.main_colour, self.accent_colour, self.typeface)

    @property
    def look_version(self) -> str:
        """Return a name for the look as it is now, for the address of its style sheet."""
        sheet = self.stylesheet
        return hashlib.sha256(sheet.encode()).hexdigest()[:8] if sheet else ""

    @cached_property
    def footer_links(self) -> list[Page]:
        """Return the published pages that the footer links to, in their order."""
        rows = self.footer_pages.select_related("page").filter(page__live=True)
        return [row.page for row in rows]


class FooterPage(Orderable):
    settings = ParentalKey(SiteSettings, on_delete=models.CASCADE, related_name="footer_pages")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")

    panels = [PageChooserPanel("page")]


class HomePage(EditorialPage):
    """The front page."""

    parent_page_types = ["wagtailcore.Page"]

    class Meta:
        verbose_name = "home page"

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        children = self.get_children().live().in_menu().exclude(restricted_pages())
        context["sections"] = children.specific()
        return context


class StandardPage(EditorialPage):
    """A plain page: accessibility statement, cookies, privacy."""

    parent_page_types = ["home.HomePage", "home.StandardPage"]

    class Meta:
        verbose_name = "standard page"
