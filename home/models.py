"""This site's front door: the home page, its plain pages, its header and footer."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, F
from django.utils import timezone
from django.utils.functional import cached_property
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Orderable, Page, Site

from prevent_content.api.representations import restricted_pages
from prevent_content.models import AlertBanner, EditorialPage
from prevent_content.prepared import Prepared

# What a link in the footer is made of.
LINK_FIELDS = ("id", "title", "url_path", "live", "locale_id", "translation_key", "slug")


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

    # Whether it is worth asking for banners.
    has_alerts = True

    class Meta:
        verbose_name = "header and footer"

    @classmethod
    def for_site(cls, site: Site) -> "SiteSettings":
        """Return the settings with what else every page reads of the site, after one query."""
        rows = settings_of(site.pk, timezone.now())
        if not rows:
            super().for_site(site)  # makes them
            return cls.for_site(site)
        found = rows[0]
        site._state.fields_cache.update(found.site._state.fields_cache)
        links = ({name: getattr(row, f"link_{name}") for name in LINK_FIELDS} for row in rows)
        found.has_alerts = found.alerts
        found.footer_links = [Page(**link) for link in links if link["live"]]
        return found

    @cached_property
    def footer_links(self) -> list[Page]:
        """Return the published pages that the footer links to, in their order."""
        rows = self.footer_pages.select_related("page").filter(page__live=True)
        return [row.page for row in rows]


@Prepared
def settings_of(site: int, at: datetime) -> models.QuerySet:
    """Return the settings of a site, once for each link of its footer."""
    page = "footer_pages__page"
    return (
        SiteSettings.objects.filter(site_id=site)
        .select_related("site__preventsettings")
        .annotate(
            alerts=Exists(AlertBanner.objects.at_time(at=at)),
            **{f"link_{name}": F(f"{page}__{name}") for name in LINK_FIELDS},
        )
        .order_by("footer_pages__sort_order")
    )


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
