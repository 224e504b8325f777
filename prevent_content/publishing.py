"""Rules that a page must meet before the public sees it, while a draft may be unfinished."""

from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminPageForm


class PublishRulesMixin:
    """A page that checks ``publish_errors`` whenever it is, or is about to be, live.

    The editor's form sets ``is_draft``; saving from anywhere else (a schedule, a workflow, a
    script) leaves it unset, and then ``live`` decides.
    """

    is_draft: bool | None = None

    def publish_errors(self) -> dict[str, str]:
        """Return a sentence for each field that stops the page from being published."""
        return {}

    def clean(self) -> None:
        super().clean()
        is_draft = not self.live if self.is_draft is None else self.is_draft
        if not is_draft and (errors := self.publish_errors()):
            raise ValidationError(errors)


class PublishRulesForm(WagtailAdminPageForm):
    """The page editor's form: tells the page whether a draft is being saved."""

    def _post_clean(self) -> None:
        self.instance.is_draft = self.is_deferred_validation
        super()._post_clean()
