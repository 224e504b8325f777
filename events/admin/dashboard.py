"""The dashboard of who edits: what waits, their drafts, the next dates, then how to begin."""

from django.http import HttpRequest
from django.utils import timezone
from wagtail.admin.ui.components import Component
from wagtail.admin.views.home import (
    UserObjectsInWorkflowModerationPanel,
    WorkflowObjectsToModeratePanel,
)
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from ..models import Occurrence
from ..signals import count_people
from .permissions import may_change_any_dates, pages_for

DRAFTS_SHOWN = 5
DATES_SHOWN = 5
# Where Wagtail's own panels stand among ours.
ORDERS = {WorkflowObjectsToModeratePanel: 20, UserObjectsInWorkflowModerationPanel: 30}


class DraftsPanel(Component):
    """The pages that the reader has changed last, and that are not published as they are now."""

    name = "your_drafts"
    template_name = "prevent_events/admin/drafts_panel.html"
    order = 40

    def get_context_data(self, parent_context) -> dict:
        user = parent_context["request"].user
        editable = page_permission_policy.instances_user_has_permission_for(user, "change")
        drafts = (
            Page.objects.filter(has_unpublished_changes=True, latest_revision__user=user)
            .filter(pk__in=editable.values("pk"))
            .order_by("-latest_revision_created_at")
        )
        return {"drafts": drafts.specific()[:DRAFTS_SHOWN]}


class NextDatesPanel(Component):
    """The next dates of the events that the reader may change, with how many people booked."""

    name = "next_dates"
    template_name = "prevent_events/admin/next_dates_panel.html"
    order = 50

    def get_context_data(self, parent_context) -> dict:
        user = parent_context["request"].user
        if not may_change_any_dates(user):
            return {"dates": []}
        coming = Occurrence.objects.filter(event__in=pages_for(user).values("pk"))
        rows = list(
            coming.filter(ends_at__gt=timezone.now())
            .for_display()
            .order_by("starts_at", "id")[:DATES_SHOWN]
        )
        people = count_people([row.pk for row in rows])
        return {"dates": [(row, people[row.pk]) for row in rows]}


def put_in_order(request: HttpRequest, panels: list) -> None:
    for panel in panels:
        panel.order = ORDERS.get(type(panel), panel.order)
    panels += [DraftsPanel(), NextDatesPanel()]
