"""Approvals that keep to the checklist, and what is published by the clock."""

import logging
from datetime import datetime

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from wagtail.models import AbstractGroupApprovalTask, Page, Revision

from .publishing import publishing_stopped_by

logger = logging.getLogger(__name__)


class ChecklistApprovalTask(AbstractGroupApprovalTask):
    """A group approves, unless something stops the page from being published.

    Wagtail's own task approves whatever it is; publishing then fails with an error page.
    """

    class Meta:
        verbose_name = "group approval with checklist"
        verbose_name_plural = "group approvals with checklist"

    def on_action(self, task_state, user, action_name, **kwargs):
        page = task_state.workflow_state.content_object
        if action_name == "approve" and isinstance(page, Page) and publishing_stopped_by(page):
            return reverse("wagtailadmin_pages:edit", args=[page.pk]) + "?stopped=1"
        return super().on_action(task_state, user, action_name, **kwargs)

    @classmethod
    def get_description(cls) -> str:
        return "Members of the chosen groups approve, unless the checklist stops publishing"


def publish_due(*, at: datetime) -> str:
    """Take down the pages that expire and publish those that are scheduled, as far as they may be.

    One that the checklist stops by now keeps none of the others from being published, and is
    tried again. The sentence that is returned names it.
    """
    expired = Page.objects.filter(live=True, expire_at__lt=at).order_by("expire_at")
    taken_down = [
        page.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
        for page in list(expired)
    ]
    published, stopped = 0, []
    due = Revision.objects.page_revisions().filter(approved_go_live_at__lt=at)
    for revision in due.order_by("approved_go_live_at"):
        try:
            # Wagtail forgets the schedule before it finds out that the page cannot be saved.
            with transaction.atomic():
                revision.publish(log_action="wagtail.publish.scheduled")
            published += 1
        except ValidationError as error:
            stopped.append(f"page {revision.object_id}: {'. '.join(error.messages)}")
    told = f"{published} pages published, {len(taken_down)} taken down"
    if stopped:
        # Tried again every half minute, and reported once an hour.
        is_news = cache.add("prevent_content.schedule_stopped", True, timeout=60 * 60)
        level = logging.ERROR if is_news else logging.DEBUG
        logger.log(level, "%d scheduled pages are not published", len(stopped))
        told += f"; stopped: {'; '.join(stopped)}"
    return told
