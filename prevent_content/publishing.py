"""Rules a page must meet before it is public, while a draft may be unfinished."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from django.core.cache import cache
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.dispatch import Signal
from django.urls import reverse
from django.utils import timezone
from wagtail.models import AbstractGroupApprovalTask, Page, Revision

from .checklist.page_content import content_of
from .checklist.rules import Finding, error, errors, review_content
from .companions import drafts_published_with

logger = logging.getLogger(__name__)

Rule = Callable[[Page, datetime], Iterable[Finding]]
_rules: list[tuple[type[Page], Rule]] = []


def register_checklist_rule(model: type[Page], rule: Rule) -> None:
    """Have ``rule`` look at pages of ``model`` too. Call it from the ``ready`` method of an app.

    It is called with the page and a moment, and yields what ``checklist.rules.error`` (stops
    publishing) and ``warning`` return.
    """
    _rules.append((model, rule))


# Asks what whoever publishes the draft ``page`` has to be asked: a receiver returns a sentence that
# says why, or "". Only the page editor can ask.
questions_wanted = Signal()


def question_before(page: Page) -> str:
    """Return why the latest draft of ``page`` is to be published in the page editor, or ""."""
    draft = page.get_latest_revision_as_object()
    answers = questions_wanted.send(sender=type(draft), page=draft)
    return next((sentence for _, sentence in answers if sentence), "")


class PublishRulesMixin:
    """A page that is never live with an error among its ``findings``.

    The editor's form sets ``is_draft``. Saves from anywhere else (a schedule, a workflow, a script)
    leave it unset, and then ``live`` decides.
    """

    is_draft: bool | None = None

    def findings(self, *, at: datetime) -> list[Finding]:
        """Return the checklist's findings on the page as it is at ``at``, without duplicates."""
        rules = [rule for model, rule in _rules if isinstance(self, model)]
        return [
            *review_content(content_of(self)),
            *(finding for rule in rules for finding in rule(self, at)),
            *self.findings_of_companions(at=at),
        ]

    def findings_of_companions(self, *, at: datetime) -> Iterator[Finding]:
        """Yield the findings on the pages published with this one."""
        for draft in drafts_published_with(self):
            findings = draft.findings(at=at)
            if not errors(findings):
                findings += mistakes_in(draft)
            for finding in findings:
                yield replace(finding, message=f"“{draft.title}”: {finding.message}", field="")

    @property
    def is_saved_as_draft(self) -> bool:
        return not self.live if self.is_draft is None else self.is_draft

    def clean(self) -> None:
        super().clean()
        if not self.is_saved_as_draft and (stopped := errors(self.findings(at=timezone.now()))):
            raise ValidationError(by_field(stopped))


def mistakes_in(draft: Page) -> list[Finding]:
    """Return a finding for each field of ``draft`` that cannot be stored."""
    draft.is_draft = True
    try:
        draft.full_clean()
    except ValidationError as mistakes:
        return [error("field", sentence) for sentence in mistakes.messages]
    return []


def by_field(findings: list[Finding]) -> dict[str, list[str]]:
    """Return the sentences by the field they are about."""
    sentences: dict[str, list[str]] = {}
    for finding in findings:
        sentences.setdefault(finding.field or NON_FIELD_ERRORS, []).append(finding.message)
    return sentences


def publishing_stopped_by(page: Page) -> list[str]:
    """Return a sentence for each reason that stops the latest draft of ``page`` going public."""
    draft = page.get_latest_revision_as_object()
    draft.live = True
    try:
        draft.full_clean()
    except ValidationError as error:
        return error.messages
    return []


class ChecklistApprovalTask(AbstractGroupApprovalTask):
    """Approval by a group, unless something stops the page from being published.

    Wagtail's own task approves regardless; publishing then fails with an error page.
    """

    class Meta:
        verbose_name = "group approval with checklist"
        verbose_name_plural = "group approvals with checklist"

    def on_action(self, task_state, user, action_name, **kwargs):
        page = task_state.workflow_state.content_object
        if action_name == "approve" and isinstance(page, Page):
            editor = reverse("wagtailadmin_pages:edit", args=[page.pk])
            if publishing_stopped_by(page):
                return f"{editor}?stopped=1"
            if question_before(page):
                return f"{editor}?stopped=asked"
        return super().on_action(task_state, user, action_name, **kwargs)

    @classmethod
    def get_description(cls) -> str:
        return "Members of the chosen groups approve, unless the checklist stops publishing"


def publish_due(*, at: datetime) -> str:
    """Unpublish expired pages and publish scheduled ones, where the checklist allows.

    A page the checklist stops does not hold up the others, and is tried again. The returned
    sentence names it.
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
            # Wagtail clears the schedule before it discovers that the page cannot be saved.
            with transaction.atomic():
                revision.publish(log_action="wagtail.publish.scheduled")
            published += 1
        except ValidationError as error:
            stopped.append(f"page {revision.object_id}: {'. '.join(error.messages)}")
    told = f"{published} pages published, {len(taken_down)} unpublished"
    if stopped:
        # Tried every half minute, reported once an hour.
        is_news = cache.add("prevent_content.schedule_stopped", True, timeout=60 * 60)
        level = logging.ERROR if is_news else logging.DEBUG
        logger.log(level, "%d scheduled pages are not published", len(stopped))
        told += f"; stopped: {'; '.join(stopped)}"
    return told
