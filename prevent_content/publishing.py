"""Rules that a page must meet before the public sees it, while a draft may be unfinished."""

from datetime import datetime

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.models import Page

from .checklist.content import review_content
from .checklist.findings import Finding, errors, unaccepted
from .checklist.gathering import content_of
from .page_saves import is_out_of_date

ASKING = ("action-publish", "action-submit", "action-restart-workflow")


class PublishRulesMixin:
    """A page that is never live with an error among its ``findings``.

    The editor's form sets ``is_draft``; saving from anywhere else (a schedule, a workflow, a
    script) leaves it unset, and then ``live`` decides.
    """

    is_draft: bool | None = None

    def findings(self, *, at: datetime) -> list[Finding]:
        """Return what the checklist says of the page as it is, at ``at``; no sentence twice."""
        return list(review_content(content_of(self)))

    def clean(self) -> None:
        super().clean()
        is_draft = not self.live if self.is_draft is None else self.is_draft
        if not is_draft and (stopped := errors(self.findings(at=timezone.now()))):
            raise ValidationError(by_field(stopped))


def by_field(findings: list[Finding]) -> dict[str, list[str]]:
    """Return the sentences by the field that they are about."""
    sentences: dict[str, list[str]] = {}
    for finding in findings:
        sentences.setdefault(finding.field or NON_FIELD_ERRORS, []).append(finding.message)
    return sentences


def publishing_stopped_by(page: Page) -> list[str]:
    """Return a sentence for each reason why the latest draft of ``page`` cannot be published."""
    draft = page.get_latest_revision_as_object()
    draft.live = True
    try:
        draft.full_clean()
    except ValidationError as error:
        return error.messages
    return []


class PublishRulesForm(WagtailAdminPageForm):
    """The page editor's form: tells the page whether a draft is being saved, and asks.

    Errors of the checklist stop whoever publishes, approves or submits; its warnings ask them.
    ``accepted_warnings`` holds those that were shown beside the box when it was ticked, so that a
    tick covers no other.
    """

    accepted_warnings = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def is_publishing(self) -> bool:
        """Whether the form was sent to publish: by an editor, or by a moderator who approves."""
        return not self.is_deferred_validation and (
            "action-publish" in self.data or self.is_approving
        )

    @property
    def is_approving(self) -> bool:
        return (
            "action-workflow-action" in self.data
            and self.data.get("workflow-action-name") == "approve"
        )

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        if is_out_of_date(self.data, self.instance):
            self.add_error(
                None,
                _(
                    "Saving will overwrite a newer version. Check the page, then save again if "
                    "your version should replace it"
                ),
            )
            return False
        is_asking = self.is_approving or any(name in self.data for name in ASKING)
        if self.is_deferred_validation or not is_asking:
            return True
        # With the questions, speakers and other rows of the form, which only saving brings in.
        findings = self.save(commit=False).findings(at=timezone.now())
        for finding in errors(findings):
            self.add_error(finding.field if finding.field in self.fields else None, finding.message)
        if waiting := unaccepted(findings, self.cleaned_data.get("accepted_warnings", "")):
            self.add_error(
                "accepted_warnings",
                _("Look at the checklist, and tick “I have checked these” there: %(sentences)s")
                % {"sentences": ". ".join(finding.message for finding in waiting)},
            )
        return not self.errors

    def _post_clean(self) -> None:
        self.instance.is_draft = self.is_deferred_validation
        super()._post_clean()
