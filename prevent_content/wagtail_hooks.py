"""What this app adds to the CMS."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.views.pages.bulk_actions import PublishBulkAction
from wagtail.api.v2.router import WagtailAPIRouter

from .checklist import urls as checklist_urls
from .locks import LockedPagesAPIViewSet
from .publishing import publishing_stopped_by


@hooks.register("register_admin_urls")
def register_checklist() -> list:
    return [path("checklist/", include(checklist_urls))]


@hooks.register("construct_admin_api")
def keep_to_locks(router: WagtailAPIRouter) -> None:
    router.register_endpoint("pages", LockedPagesAPIViewSet)


@hooks.register("before_bulk_action")
def refuse_unfinished_pages(
    request: HttpRequest, action_type: str, objects: list, action
) -> HttpResponse | None:
    """Say what stops pages that were ticked in a list from being published; publish none then.

    The list publishes without the page editor's form, so nothing else would say it.
    """
    if not isinstance(action, PublishBulkAction):
        return None
    pages = list(objects)
    if action.cleaned_form.cleaned_data["include_descendants"]:
        pages += [below for page in objects for below in page.get_descendants().not_live()]
    refused = {page: sentences for page in pages if (sentences := publishing_stopped_by(page))}
    if not refused:
        return None
    for page, sentences in refused.items():
        messages.error(request, f"“{page.get_admin_display_title()}”: {'. '.join(sentences)}")
    return redirect(action.next_url)
