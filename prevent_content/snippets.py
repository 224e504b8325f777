"""How alert banners are edited and listed."""

from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, PageChooserPanel
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import SnippetViewSet

from .models import AlertBanner
from .widgets import DateTimeInput


class AlertBannerViewSet(SnippetViewSet):
    model = AlertBanner
    icon = "warning"
    list_display = [
        "title",
        Column("place", label="Shown on"),
        Column("starts_at", label="Shown from"),
        Column("ends_at", label="Until", accessor=lambda banner: banner.ends_at or ""),
        Column("state", label="Status"),
    ]
    panels = [
        FieldPanel("title"),
        FieldPanel("text"),
        PageChooserPanel("page"),
        MultiFieldPanel(
            [
                FieldRowPanel(
                    [
                        FieldPanel("starts_at", widget=DateTimeInput),
                        FieldPanel("ends_at", widget=DateTimeInput),
                    ]
                )
            ],
            heading="When",
        ),
    ]
