"""Reports for editors: one table each, of the pages they may edit."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.generic import TemplateView
from wagtail.admin.views.generic import PermissionCheckedMixin
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from . import links
from .models import inbox_of, inboxes_by_team, overdue_pages


def may_read(request: HttpRequest) -> bool:
    return page_permission_policy.user_has_any_permission(
        request.user, ["add", "change", "publish"]
    )


class ReportScreen(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """A table with ``heads`` and one row per item; ``nothing`` if there are none."""

    template_name = "prevent_content/reports/report.html"
    permission_policy = page_permission_policy
    any_permission_required = ["add", "change", "publish"]
    heads: tuple[str, ...] = ()
    explanation = ""
    nothing = ""

    def pages(self):
        """Return the pages that the user may edit."""
        return page_permission_policy.instances_user_has_permission_for(self.request.user, "change")

    def link_to(self, page: Page) -> SafeString:
        address = reverse("wagtailadmin_pages:edit", args=[page.pk])
        return format_html('<a href="{}">{}</a>', address, page.get_admin_display_title())

    def get_rows(self) -> list[tuple]:
        raise NotImplementedError

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(
            rows=self.get_rows(),
            heads=self.heads,
            explanation=self.explanation,
            nothing=self.nothing,
            **kwargs,
        )


class OverdueReport(ReportScreen):
    """Pages due for review, longest overdue first."""

    page_title = "Pages due for review"
    header_icon = "time"
    heads = ("Page", "Owner", "Review by", "Reminders go to")
    explanation = (
        "We remind their owners once a week. When you have checked a page, change its review date "
        "under “Promote”."
    )
    nothing = "No page is overdue."

    def get_rows(self) -> list[tuple]:
        overdue = overdue_pages(on=timezone.localdate(), among=self.pages())
        inboxes = inboxes_by_team()
        return [
            (
                self.link_to(page),
                page.content_owner or "Nobody",
                date_format(page.review_by, "j F Y"),
                inbox_of(page, inboxes) or "Nobody, because there is no inbox",
            )
            for page in overdue
        ]


class LinksReport(ReportScreen):
    """Links to pages and documents that are not public, and all links to other sites."""

    page_title = "Broken links"
    header_icon = "link"
    heads = ("Page", "Leads to", "What is wrong")
    explanation = (
        "Links within this site are checked. Links to other sites are listed for you to try: "
        "nothing is sent to them."
    )
    nothing = "There are no links to other sites and no broken links within this one."

    def get_rows(self) -> list[tuple]:
        broken, external = links.look(self.pages().live())
        return [
            *((self.link_to(page), target, fault) for page, target, fault in broken),
            *(
                (
                    self.link_to(page),
                    format_html('<a href="{}" rel="noreferrer">{}</a>', address, address),
                    "Another site, not checked",
                )
                for page, address in external
            ),
        ]
