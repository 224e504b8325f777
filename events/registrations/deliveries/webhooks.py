"""The log of webhooks in the CMS: when, to which host, and what became of it."""

from urllib.parse import urlsplit

from ..models import WebhookDelivery
from ..permissions import MANAGE_DELIVERIES
from ..review.base import ListColumn, ReviewListView, ScreensAdmin
from ..review.filters import ListFilterForm, ReviewFilterSet


class WebhookFilterSet(ReviewFilterSet):
    class Meta:
        model = WebhookDelivery
        fields: list[str] = []
        form = ListFilterForm


class WebhookIndexView(ReviewListView):
    """The newest first."""

    rights = (MANAGE_DELIVERIES,)
    url_prefix = "prevent_registrations_webhookdelivery_modeladmin"
    index_title = "Webhooks"
    header_icon = "link-external"
    template_name = "prevent_registrations/webhooks/list.html"
    filterset_class = WebhookFilterSet
    queryset = WebhookDelivery.objects.all()
    columns = [
        ListColumn("message", "Message"),
        ListColumn("host", "To"),
        ListColumn("state", "State"),
        ListColumn("when", "When"),
        ListColumn("attempts", "Attempts"),
    ]

    def get_rows(self, page: list[WebhookDelivery]) -> list[dict]:
        return [{"delivery": row, "host": urlsplit(row.address).hostname} for row in page]


class WebhookAdmin(ScreensAdmin):
    model = WebhookDelivery
    menu_label = WebhookIndexView.index_title
    menu_icon = WebhookIndexView.header_icon
    menu_order = 265
    right = MANAGE_DELIVERIES
    screens = (("index", "", WebhookIndexView),)
