"""Differences between the Wagtail releases we support, one branch for each."""

from django.http import HttpRequest
from rest_framework.fields import CharField
from wagtail import VERSION
from wagtail.fields import RichTextField
from wagtail.rich_text import expand_db_html


def preview_views() -> tuple[type, type]:
    """Return Wagtail's preview views, for a new page and for an existing one.

    Call it once the models are loaded.
    """
    from wagtail.admin.views.pages import preview

    if VERSION >= (8, 0):
        return preview.PreviewOnCreateView, preview.PreviewOnEditView
    # Wagtail 8.0 added the ending "View" to its page views.
    return preview.PreviewOnCreate, preview.PreviewOnEdit


def as_requested(text: str, request: HttpRequest | None) -> str:
    """Return rich text from Wagtail's API in the request's rich_text_format."""
    # Wagtail 8.0 added the parameter and reads it itself.
    if VERSION < (8, 0) and request and request.GET.get("rich_text_format") == "html":
        return expand_db_html(text)
    return text


class RichTextFieldSerializer(CharField):
    def to_representation(self, value: str) -> str:
        return as_requested(super().to_representation(value), self.context.get("request"))


# Wagtail 8.1 moved the API that changes pages out of the CMS.
HAS_PAGE_ACTIONS_API = VERSION < (8, 1)

# Wagtail 8.0 has its own serializer for rich text.
RICH_TEXT_SERIALIZERS = {} if VERSION >= (8, 0) else {RichTextField: RichTextFieldSerializer}
