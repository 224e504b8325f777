"""The Prevent information page and the settings that all Prevent pages share."""

from typing import ClassVar

from django.db import models
from django.utils.functional import cached_property
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from .alerts import AlertBanner
from .api.fields import EDITORIAL_FIELDS
from .approval import ChecklistApprovalTask
from .blocks import EditorialStreamBlock
from .checklist.panel import ChecklistPanel
from .ownership import ContentOwner
from .previews import FrontEndPreviewMixin, PreviewDraft
from .public_version import PublicVersion
from .publishing import PublishRulesForm, PublishRulesMixin

__all__ = [
    "AlertBanner",
    "ChecklistApprovalTask",
    "ContentOwner",
    "EditorialPage",
    "PreventPage",
    "PreventSettings",
    "PreviewDraft",
    "PublicVersion",
]


@register_setting(icon="warning")
class PreventSettings(BaseSiteSetting):
    """Whom to tell about a concern: one truth for every page, confirmation and e-mail."""

    emergency_phone = models.CharField("emergency", max_length=40, default="999")
    police_phone = models.CharField("police, not an emergency", max_length=40, default="101")
    hotline_phone = models.CharField(
        "Anti-Terrorist Hotline", max_length=40, default="0800 789 321"
    )
    act_early_phone = models.CharField(
        "Act Early support line", max_length=40, default="0800 011 3764"
    )
    act_early_url = models.URLField("Act Early website", default="https://actearly.uk/", blank=True)
    team_name = models.CharField("local Prevent team", max_length=120, blank=True)
    team_email = models.EmailField("local team's email address", blank=True)
    team_phone = models.CharField("local team's phone number", max_length=40, blank=True)
    team_hours = models.CharField("local team's opening hours", max_length=120, blank=True)

    panels = [
        MultiFieldPanel(
            [
                FieldPanel("emergency_phone"),
                FieldPanel("police_phone"),
                FieldPanel("hotline_phone"),
                FieldPanel("act_early_phone"),
                FieldPanel("act_early_url"),
            ],
            heading="National routes",
        ),
        MultiFieldPanel(
            [
                FieldPanel("team_name"),
                FieldPanel("team_email"),
                FieldPanel("team_phone"),
                FieldPanel("team_hours"),
            ],
            heading="The council's own team",
        ),
    ]

    class Meta:
        verbose_name = "Prevent settings"

    def public_object(self) -> dict:
        """Return whom to tell about a concern, most urgent first, as the public reads it."""
        return {
            "emergency": {"phone": self.emergency_phone},
            "police": {"phone": self.police_phone},
            "anti_terrorist_hotline": {"phone": self.hotline_phone},
            "act_early": {"phone": self.act_early_phone, "url": self.act_early_url},
            "local_team": {
                "name": self.team_name,
                "email": self.team_email,
                "phone": self.team_phone,
                "hours": self.team_hours,
            },
        }


class EditorialPage(FrontEndPreviewMixin, PublishRulesMixin, Page):
    """A page written with the editorial blocks, with an owner and a date to look at it again."""

    # Named by the app's label too: sites often have an EventPage of their own.
    page_ptr = models.OneToOneField(
        Page, on_delete=models.CASCADE, parent_link=True, related_name="%(app_label)s_%(class)s"
    )
    summary = models.TextField(
        max_length=300, help_text="One or two sentences, shown under the title and in lists"
    )
    body = StreamField(EditorialStreamBlock(), blank=True)
    content_owner = models.CharField(
        max_length=120, blank=True, help_text="The team that answers for this page"
    )
    review_by = models.DateField(
        null=True, blank=True, help_text="When the owner looks at this page again"
    )

    # It is read; what is sent has pages of its own.
    allowed_http_methods: ClassVar[list[str]] = ["GET", "HEAD", "OPTIONS"]
    # The parameters of its address that show another page; no others do.
    page_parameters: ClassVar[frozenset[str]] = frozenset()

    content_panels = [
        *Page.content_panels,
        ChecklistPanel(heading="Before publishing", icon="check"),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    promote_panels = [
        *Page.promote_panels,
        MultiFieldPanel(
            [FieldPanel("content_owner"), FieldPanel("review_by")], heading="Ownership"
        ),
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
    ]
    api_fields = EDITORIAL_FIELDS
    base_form_class = PublishRulesForm

    class Meta:
        abstract = True

    @cached_property
    def view_restrictions(self) -> models.QuerySet:
        return super().get_view_restrictions()

    def get_view_restrictions(self) -> models.QuerySet:
        # Wagtail asks before it serves a page, and the page may ask again.
        return self.view_restrictions

    @property
    def contents(self) -> list[tuple[str, str]]:
        """Return (anchor, text) of each section heading, in the order of the page."""
        return [
            (child.value.anchor, child.value["text"])
            for child in self.body
            if child.block_type == "heading" and child.value["level"] == "h2"
        ]


class PreventPage(EditorialPage):
    """What Prevent is, what it does here, and whom to tell about a concern."""

    class Meta:
        verbose_name = "Prevent information page"
