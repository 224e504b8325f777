"""The Prevent information page, the base of all editorial pages, and the teams that own them."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import Page, get_page_models
from wagtail.search import index
from wagtail.snippets.models import register_snippet

from .api.serializers import EDITORIAL_FIELDS
from .banners import AlertBanner
from .blocks import EditorialField
from .concern_routes import PreventSettings
from .previews import FrontEndPreviewMixin, PreviewDraft
from .public_version import PublicVersion
from .publishing import ChecklistApprovalTask, PublishRulesMixin
from .routing import RoutedPageMixin
from .search_words import stems_of, words_in
from .sections import section_of
from .widgets import DateInput

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


@register_snippet
class ContentOwner(models.Model):
    """A team responsible for pages, and the inbox for its reminders."""

    team = models.CharField(
        max_length=120, unique=True, help_text="Written as “Content owner” is on the pages"
    )
    inbox = models.EmailField(
        help_text="Gets one reminder a week about all its pages. Not published"
    )

    panels = [FieldPanel("team"), FieldPanel("inbox")]

    class Meta:
        ordering = ["team"]

    def __str__(self) -> str:
        return self.team


class EditorialPage(RoutedPageMixin, FrontEndPreviewMixin, PublishRulesMixin, Page):
    """A page of editorial blocks, with an owner and a review date."""

    # The app's label is part of the name because sites often have their own EventPage.
    page_ptr = models.OneToOneField(
        Page, on_delete=models.CASCADE, parent_link=True, related_name="%(app_label)s_%(class)s"
    )
    summary = models.TextField(
        max_length=300, help_text="One or two sentences, shown under the title and in lists"
    )
    body = EditorialField(blank=True)
    content_owner = models.CharField(
        max_length=120, blank=True, help_text="The team responsible for this page"
    )
    review_by = models.DateField(
        null=True, blank=True, help_text="When the owner should review this page"
    )
    exit_this_page = models.BooleanField(
        "“Exit this page” button",
        default=False,
        help_text="For pages that people may need to leave quickly",
    )

    # Visitors only read it; forms have their own pages.
    allowed_http_methods: ClassVar[list[str]] = ["GET", "HEAD", "OPTIONS"]
    # Query parameters that show another page; all others are ignored.
    page_parameters: ClassVar[frozenset[str]] = frozenset()

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    promote_panels = [
        *Page.promote_panels,
        MultiFieldPanel(
            [FieldPanel("content_owner"), FieldPanel("review_by", widget=DateInput)],
            heading="Ownership",
        ),
    ]
    settings_panels = [*Page.settings_panels, FieldPanel("exit_this_page")]
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
        index.SearchField("search_stems"),
    ]
    api_fields = EDITORIAL_FIELDS

    class Meta:
        abstract = True

    @property
    def search_texts(self) -> list[str]:
        """Return the texts that the page is found by, besides its title."""
        written = self.body.stream_block.get_searchable_content(self.body)
        return [self.summary, self.search_description, *map(str, written)]

    def search_stems(self) -> str:
        """Return the stems of the page's words, for the index."""
        return " ".join(stems_of(words_in(" ".join([self.title, *self.search_texts]))))

    @property
    def contents(self) -> list[tuple[str, str]]:
        """Return (anchor, text) of each section, in page order."""
        sections = [
            section_of(child) for child in self.body if child.block_type != "concern_routes"
        ]
        return [(section.anchor, section.section_title) for section in sections if section]

    @property
    def concern_heading(self) -> str:
        """Return the heading of the page's concern routes; "" if it has none."""
        routes = self.body.first_block_by_name("concern_routes")
        return routes.value["heading"] if routes else ""


class PreventPage(EditorialPage):
    """What Prevent is, what it does locally, and where to report a concern."""

    class Meta:
        verbose_name = "Prevent information page"

    @property
    def concern_heading(self) -> str:
        return super().concern_heading or gettext("If you are worried about someone")


def overdue_pages(*, on: date, among=None) -> list[Page]:
    """Return the public pages due for review before ``on``, longest overdue first."""
    found = []
    for model in get_page_models():
        if issubclass(model, EditorialPage):
            pages = model.objects.live().filter(review_by__lt=on).select_related("owner")
            found += pages if among is None else pages.filter(page_ptr__in=among)
    return sorted(found, key=lambda page: (page.review_by, page.path))


def inboxes_by_team() -> dict[str, str]:
    """Return the inbox of each team, by its case-folded name."""
    return {owner.team.casefold(): owner.inbox for owner in ContentOwner.objects.all()}


def inbox_of(page: Page, known: dict[str, str]) -> str:
    """Return the inbox for reminders about ``page``: its team's, its author's, or none."""
    team = page.content_owner.strip().casefold()
    return known.get(team) or (page.owner.email if page.owner and page.owner.is_active else "")


def overdue_by_inbox(*, on: date) -> dict[str, list[Page]]:
    """Return the overdue pages by the inbox to remind."""
    known = inboxes_by_team()
    found: dict[str, list[Page]] = {}
    for page in overdue_pages(on=on):
        if inbox := inbox_of(page, known):
            found.setdefault(inbox, []).append(page)
    return found
