"""This site's front door: the home page, its plain pages, its header and footer."""

from django.db import models
from django.utils.functional import cached_property
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Orderable, Page

from prevent_content.models import EditorialPage
from prevent_content.visibility import restricted_pages


@register_setting(icon="site")
class SiteSettings(BaseSiteSetting, ClusterableModel):
    """Whose site this is, and the pages that every footer links to."""

    council_name = models.CharField(max_length=120, default="Example Council")
    service_name = models.CharField(max_length=120, default="Prevent and community roundtables")

    panels = [
        FieldPanel("council_name"),
        FieldPanel("service_name"),
        InlinePanel("footer_pages", heading="Footer", label="Page"),
    ]

    class Meta:
        verbose_name = "header and footer"

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
