"""The page editor's form, with the checklist."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.models import Page

from .checklist.rules import errors, unaccepted
from .cleaned_forms import CleanedTextMixin

ASKING = ("action-publish", "action-submit", "action-restart-workflow")


class PublishRulesForm(CleanedTextMixin, WagtailAdminPageForm):
    """The page editor's form: tells the page if it is saved as a draft, and asks about warnings.

    Errors in the checklist stop publishing, approving and submitting; warnings ask first.
    ``accepted_warnings`` holds those shown beside the box when it was ticked, so that a tick covers
    no others.
    """

    accepted_warnings = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def is_publishing(self) -> bool:
        """Whether the form was sent to publish, by an editor or an approving moderator."""
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
        # Include the questions, speakers and other rows of the form, which only saving adds.
        findings = self.save(commit=False).findings(at=timezone.now())
        for finding in errors(findings):
            self.add_error(finding.field if finding.field in self.fields else None, finding.message)
        if waiting := unaccepted(findings, self.cleaned_data.get("accepted_warnings", "")):
            self.add_error(
                "accepted_warnings",
                _("Read the checklist, then tick “I have checked these”: %(sentences)s")
                % {"sentences": ". ".join(finding.message for finding in waiting)},
            )
        return not self.errors

    def clean(self) -> dict:
        # Must be set before the page is validated.
        self.instance.is_draft = self.is_deferred_validation
        return super().clean()


def is_out_of_date(data, page: Page) -> bool:
    """Whether the editor form ``data`` was made from an older version of ``page``.

    ``page`` is the latest revision, as the editor has it. A form without a version is trusted.
    """
    latest = str(page.latest_revision_id or "")
    sent = data.get("overwrite_revision_id") or data.get("loaded_revision_id")
    return bool(sent and latest) and sent != latest
