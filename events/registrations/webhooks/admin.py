"""The log of webhooks in the CMS: when, to which host, and what became of it."""

from urllib.parse import urlsplit

from django.core.paginator import EmptyPage
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from wagtail.admin.paginator import WagtailPaginator
from wagtail_modeladmin.options import ModelAdmin

from ..deliveries.admin import DeliveryPermissionHelper
from ..deliveries.views import PAGE_SIZE, DeliveryView
from ..models import WebhookDelivery


class WebhookIndexView(DeliveryView):
    """The newest first, 50 a page; 404 past the last."""

    def get(self, request: HttpRequest) -> HttpResponse:
        paginator = WagtailPaginator(WebhookDelivery.objects.all(), PAGE_SIZE)
        try:
            page = paginator.page(request.GET.get("p") or 1)
        except (EmptyPage, ValueError) as error:
            raise Http404("There is no such page of the log") from error
        rows = [
            {"delivery": row, "host": urlsplit(row.address).hostname} for row in page.object_list
        ]
        return self.render_to_response(
            self.get_context_data(
                breadcrumbs_items=[{"url": self.index_url, "label": "Webhooks"}],
                heading="Webhooks",
                rows=rows,
                page_obj=page,
                elided_page_range=paginator.get_elided_page_range(page.number),
            )
        )

    def get_template_names(self) -> list[str]:
        return self.model_admin.get_index_template()


class WebhookAdmin(ModelAdmin):
    """The log is looked at: no address changes it."""

    model = WebhookDelivery
    menu_label = "Webhooks"
    menu_icon = "link-external"
    menu_order = 265
    permission_helper_class = DeliveryPermissionHelper
    inspect_view_enabled = False
    history_view_enabled = False

    def get_admin_urls_for_registration(self) -> tuple:
        base, name = self.url_helper.base_url_path, self.url_helper.get_action_url_name
        index = WebhookIndexView.as_view(model_admin=self)
        return (path(f"{base}/", index, name=name("index")),)

    def register_admin_url_finders(self) -> None:
        """Give Wagtail's reports no link: the log has no edit address."""

    def register_indexing(self) -> None:
        """Keep the log out of the reference index, which page editors read as usage."""
