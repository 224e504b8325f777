"""What this app adds to the CMS."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path, reverse
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem, SubmenuMenuItem
from wagtail.admin.views.pages.bulk_actions import PublishBulkAction
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.log_actions import LogActionRegistry
from wagtail.models import Page
from wagtail.snippets.models import register_snippet

from . import reports
from .checklist import panels as checklist
from .compat import HAS_PAGE_ACTIONS_API
from .concern_route_changes import ACTION, RoutesChangedFormatter
from .menu import ReportMenuItem, prevent_menu
from .page_cache import note_served_page
from .page_saves import save_in_turn
from .publishing import PublishRulesMixin, publishing_stopped_by, question_before
from .snippets import AlertBannerViewSet

register_snippet(AlertBannerViewSet)
hooks.register("before_serve_page", note_served_page)


@hooks.register("register_admin_urls")
def register_checklist() -> list:
    return [path("checklist/", include((checklist.urlpatterns, "prevent_checklist")))]


@hooks.register("register_log_actions")
def register_route_changes(actions: LogActionRegistry) -> None:
    actions.register_action(ACTION)(RoutesChangedFormatter)


@hooks.register("before_edit_page")
def save_our_pages_in_turn(request: HttpRequest, page: Page) -> HttpResponse | None:
    return save_in_turn(request, page) if isinstance(page, PublishRulesMixin) else None


if HAS_PAGE_ACTIONS_API:
    from .page_saves import LockedPagesAPIViewSet

    @hooks.register("construct_admin_api")
    def keep_to_locks(router: WagtailAPIRouter) -> None:
        router.register_endpoint("pages", LockedPagesAPIViewSet)


REPORTS = {
    "overdue": ("pages-to-look-at-again/", reports.OverdueReport),
    "links": ("broken-links/", reports.LinksReport),
}


@hooks.register("register_admin_urls")
def register_reports() -> list:
    own = [
        path(address, report.as_view(), name=name) for name, (address, report) in REPORTS.items()
    ]
    return [path("reports/", include((own, "prevent_reports")))]


@hooks.register("register_admin_menu_item")
def register_prevent_menu() -> SubmenuMenuItem:
    return SubmenuMenuItem("Prevent", prevent_menu, name="prevent", icon_name="group", order=240)


def report_menu_item(name: str, order: int) -> MenuItem:
    report = REPORTS[name][1]
    return ReportMenuItem(
        report.page_title,
        reverse(f"prevent_reports:{name}"),
        name=f"prevent-{name}",
        icon_name=report.header_icon,
        order=order,
    )


@hooks.register("register_reports_menu_item")
def register_overdue_report() -> MenuItem:
    return report_menu_item("overdue", 1210)


@hooks.register("register_reports_menu_item")
def register_links_report() -> MenuItem:
    return report_menu_item("links", 1220)


@hooks.register("before_bulk_action")
def refuse_unfinished_pages(
    request: HttpRequest, action_type: str, objects: list, action
) -> HttpResponse | None:
    """Explain why pages selected in a list cannot be published, and publish none.

    The list publishes without the editor's form, so nothing else would explain it.
    """
    if not isinstance(action, PublishBulkAction):
        return None
    pages = list(objects)
    if action.cleaned_form.cleaned_data["include_descendants"]:
        pages += [below for page in objects for below in page.get_descendants().not_live()]
    refused = {
        page: sentences
        for page in pages
        if (sentences := publishing_stopped_by(page) or [*filter(None, [question_before(page)])])
    }
    if not refused:
        return None
    for page, sentences in refused.items():
        messages.error(request, f"“{page.get_admin_display_title()}”: {'. '.join(sentences)}")
    return redirect(action.next_url)
