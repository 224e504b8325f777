"""What differs between the releases of Wagtail that we support, one branch for each difference."""

from django.http import HttpRequest
from rest_framework.fields import CharField
from wagtail import VERSION
from wagtail.fields import RichTextField
from wagtail.rich_text import expand_db_html


def preview_views() -> tuple[type, type]:
    """Return Wagtail's views that preview a new page and one that is being edited.

    To be called once the models are loaded.
    """
    from wagtail.admin.views.pages import preview

    if VERSION >= (8, 0):
        return preview.PreviewOnCreateView, preview.PreviewOnEditView
    # Wagtail 8.0 gave its page views the ending "View".
    return preview.PreviewOnCreate, preview.PreviewOnEdit


def as_requested(text: str, request: HttpRequest | None) -> str:
    """Return rich text that Wagtail's API has represented, in the request's rich_text_format."""
    # Wagtail 8.0 added the parameter and reads it itself.
    if VERSION < (8, 0) and request and request.GET.get("rich_text_format") == "html":
        return expand_db_html(text)
    return text


class RichTextFieldSerializer(CharField):
    def to_representation(self, value: str) -> str:
        return as_requested(super().to_representation(value), self.context.get("request"))


# Wagtail 8.1 took the API that changes pages out of the CMS.
HAS_PAGE_ACTIONS_API = VERSION < (8, 1)

# Wagtail 8.0 has a serializer for rich text of its own.
RICH_TEXT_SERIALIZERS = {} if VERSION >= (8, 0) else {RichTextField: RichTextFieldSerializer}
